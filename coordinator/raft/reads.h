// Linearizable reads without a log entry (ReadIndex; dissertation, 6.4). A read is answered from the state at
// the commit index of the moment it was asked for, once a quorum has confirmed, in a round of heartbeats
// begun after that moment, that no later leader can have committed anything by then. Reads that come between
// two rounds share one.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "coordinator/raft/output.h"

namespace vow::raft {

class Reads {
 public:
  // Asked for while everything up to `commit` was committed.
  void add(ReadId id, Index commit) { waiting_.push_back({id, commit, 0}); }
  [[nodiscard]] std::size_t size() const { return waiting_.size(); }

  // Begins a round if a read waits for one. True if heartbeats should carry the new round.
  bool begin_round();
  [[nodiscard]] std::uint64_t round() const { return round_; }
  // A quorum has answered this round: what waited for it, or an earlier one, may be answered.
  [[nodiscard]] std::vector<ReadReady> confirmed(std::uint64_t round);
  [[nodiscard]] std::vector<ReadId> drop_all();
  // Nothing of this term was committed when they were asked for: they read what this leadership began with.
  void raise_indices(Index first);

 private:
  struct Waiting {
    ReadId id;
    Index index;
    std::uint64_t round;  // 0: none yet
  };
  std::deque<Waiting> waiting_;
  std::uint64_t round_ = 0;
};

}  // namespace vow::raft
