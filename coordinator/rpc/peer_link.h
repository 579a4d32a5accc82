// The link to one peer: its connection, and what is on its way. Lives on the event loop of PeerLinks.
//
//              time is up                  open             it is ready
//   waiting ──────────────▶ connecting ─────────▶ greeting ─────────────────▶ connected
//      ▲                        │                     │                          │
//      └─── after a back-off ───┴─────────────────────┴──────────────────────────┘
//                                 refused, lost, silent, another node or cell answers
//
// A connection that is accepted proves nothing: the first frame is an empty one, and only when the peer takes
// it the back-off ends and messages flow. An idle link sends an empty frame now and then, so a peer that is
// gone without a word is noticed, and a peer that waits to try us again hears that we are here.
//
// Every frame is a call. So what is on its way is known, and bounded; and answers that stay away mean that
// the connection is dead, whatever TCP thinks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "coordinator/base/random.h"
#include "coordinator/rpc/peer_codec.h"
#include "coordinator/rpc/peer_connection.h"
#include "coordinator/rpc/peer_queue.h"

namespace vow::rpc {

struct PeerLinkOptions {
  PeerQueueLimits queue;
  std::uint64_t backoff_ms_min = 50;
  std::uint64_t backoff_ms_max = 2'000;
  std::uint64_t connect_ms_max = 3'000;  // the look-up of the name included
  // Without an answer to what was sent, for so long, the connection is given up.
  std::uint64_t silent_ms_max = 3'000;
  std::uint64_t greet_every_ms = 1'000;
  std::uint64_t greet_starting_ms = 100;  // a peer that is not ready yet
  // On their way, not yet answered.
  std::size_t flight_bytes_max = 4u << 20;
  std::size_t flight_frames_max = 64;
  std::size_t flight_chunks_max = 2;
};

struct PeerFigures {
  std::string address;  // empty: not known
  bool connected = false;
  std::uint64_t connects = 0;
  std::uint64_t frames_sent = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t messages_queued = 0;   // now
  std::uint64_t messages_dropped = 0;  // here: for want of room or of a connection
  std::uint64_t messages_lost =
      0;                     // sent, but the connection was lost before an answer, or they were not taken
  std::string last_problem;  // the latest reason why there was no connection
};

// What threads share about one peer.
class PeerOutbox {
 public:
  explicit PeerOutbox(const PeerQueueLimits& limits) : queue_(limits) {}

  void push(node::PeerMessage message) {
    const std::lock_guard lock(mutex_);
    queue_.push(std::move(message));
  }
  [[nodiscard]] PeerQueue::Batch take(std::size_t bytes_max, bool with_chunk) {
    const std::lock_guard lock(mutex_);
    return queue_.take(bytes_max, with_chunk);
  }
  void set_online(bool online) {
    const std::lock_guard lock(mutex_);
    queue_.set_online(online);
    figures_.connected = online;
  }
  [[nodiscard]] bool is_online() const {
    const std::lock_guard lock(mutex_);
    return figures_.connected;
  }
  void count(const std::function<void(PeerFigures&)>& change) {
    const std::lock_guard lock(mutex_);
    change(figures_);
  }
  [[nodiscard]] PeerFigures figures() const {
    const std::lock_guard lock(mutex_);
    PeerFigures figures = figures_;
    figures.messages_queued = queue_.messages();
    figures.messages_dropped = queue_.dropped();
    return figures;
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  PeerQueue queue_;
  PeerFigures figures_;
};

class PeerLink {
 public:
  // What all links share.
  struct House {
    const EventBase& base;
    const PeerLinkOptions& options;
    PeerResolver& resolver;
    std::function<FrameHeader(NodeId to)> header;
    std::function<void(std::function<void()>)> post;  // to the loop, from any thread
    std::function<void(const std::string&)> log;
  };

  PeerLink(NodeId peer, std::shared_ptr<PeerOutbox> outbox, House house, Random random);
  ~PeerLink();
  PeerLink(const PeerLink&) = delete;
  PeerLink& operator=(const PeerLink&) = delete;

  // Empty: not known. Another one than before: begins anew there.
  void set_address(const std::string& address);
  // Sends what waits, as far as the peer keeps up.
  void pump();
  // The peer was heard from: if it is waited for, this is the moment.
  void heard_from();

 private:
  enum class State : std::uint8_t { waiting, connecting, greeting, connected };
  struct Flight {
    std::size_t bytes = 0;
    std::size_t messages = 0;
    std::size_t chunks = 0;
  };

  void attempt();
  void connect(const Resolved& addresses);
  void on_answer(std::int32_t seqid, const wire::peer::Delivered& answer);
  void greet();
  void greeted(bool is_ready);
  void on_timer();
  void send(const PeerQueue::Batch& batch);
  void lost(const std::string& why);
  void wait(std::uint64_t ms);

  const NodeId peer_;
  const std::shared_ptr<PeerOutbox> outbox_;
  const House house_;
  Random random_;
  std::string address_;

  State state_ = State::waiting;
  Event timer_;
  std::uint64_t backoff_ms_;
  std::uint64_t attempts_ = 0;
  std::uint64_t state_since_ms_ = 0;
  bool problem_is_told_ = false;  // to the log, since the last time it was connected
  // Look-ups that are still on their way when the link is gone, or has another address, find this changed.
  std::shared_ptr<std::uint64_t> lookup_ = std::make_shared<std::uint64_t>(0);

  std::unique_ptr<PeerConnection> connection_;
  std::unique_ptr<PeerConnection> closed_;  // kept until it cannot be on the stack any more
  std::map<std::int32_t, Flight> flights_;
  Flight in_flight_;
  std::int32_t next_seqid_ = 1;
  std::uint64_t last_sent_ms_ = 0;
  std::uint64_t progress_ms_ = 0;  // when an answer came last, or something was sent into silence
};

}  // namespace vow::rpc
