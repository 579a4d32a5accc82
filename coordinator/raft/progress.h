// What a leader knows of one other member's log.
//
//             rejection, or nothing heard
//        ┌───────────────────────────────────┐
//        ▼           acknowledgement         │
//     probe ───────────────────────────▶ replicate
//        │  ▲                                │
//        │  │ sent, or failed                │ needs what is compacted away
//        ▼  │                                ▼
//     snapshot ◀─────────────────────────────┘      (an acknowledgement leads from here to replicate)
//
//   probe      next is a guess: one append at a time, until the logs are found to agree
//   replicate  next is optimistic: appends are pipelined, within bounds
//   snapshot   a snapshot is on its way: no appends
//
// Invariant: match < next. `match` never falls: what was acknowledged is durable there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "coordinator/raft/message.h"

namespace vow::raft {

class Progress {
 public:
  enum class State : std::uint8_t { probe, replicate, snapshot };

  // Nothing is known yet: try with the last entry.
  explicit Progress(Index last) : next_(last.next()) {}

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] Index match() const { return match_; }
  [[nodiscard]] Index next() const { return next_; }

  // Whether another append with entries may be sent now.
  [[nodiscard]] bool may_send() const;
  void sent(Index last, std::size_t bytes);

  // Durable at the follower up to `index`. True if that is news.
  bool acknowledged(Index index);
  // True if the rejection is not a stale one; then `next` has gone back.
  bool rejected(Index prev, Index possible_agreement);
  // A regular heartbeat leaves. What is not acknowledged when it is answered may have been lost.
  void begin_beat() { beat_unanswered_ = true; }
  // True for the first answer to a regular heartbeat. An unanswered probe was lost, then.
  bool answered_beat();

  void begin_snapshot();
  // It has arrived; the follower's own acknowledgement may be lost or late.
  void snapshot_sent(Index at);
  void snapshot_failed();

  void check_invariants() const;

  // Heard from since the leader last counted its quorum.
  bool active = false;
  // The newest round of reads that it has answered.
  std::uint64_t round = 0;
  // The newest record format it has announced; 0: not heard yet.
  std::uint32_t version = 0;
  // It no longer has what it had acknowledged: its disk was replaced by an older one.
  bool lost_data = false;

 private:
  struct Flight {
    Index last;
    std::size_t bytes;
  };

  void probe_from(Index next);

  State state_ = State::probe;
  Index match_;
  Index next_;
  bool probe_sent_ = false;
  bool beat_unanswered_ = false;
  std::deque<Flight> flights_;
  std::size_t flight_bytes_ = 0;
};

}  // namespace vow::raft
