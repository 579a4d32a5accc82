// The inside of a channel: what all threads share, under a mutex, and what belongs to the reactor's thread.
#pragma once

#include <mutex>
#include <string>

#include "coordinator/rpc/channel.h"
#include "coordinator/rpc/frame_cutter.h"
#include "coordinator/rpc/pending_calls.h"
#include "coordinator/rpc/socket.h"

struct addrinfo;

namespace vow::rpc {

class Channel::Link final : public Reactor::Member {
 public:
  Link(Reactor& reactor, const ChannelOptions& options);

  void call(CallFrame& frame, CallTimeout timeout, CallDone done);
  [[nodiscard]] Figures figures() const;

  // What follows is for the reactor's thread alone.
  void end_of_turn() override;
  // For good.
  void close();
  // The name is resolved, or not: `why`.
  void resolved(const addrinfo* found, const std::string& why);

 private:
  struct Resolving;
  enum class State : std::uint8_t { down, connecting, up, waiting, closed };

  // A call that was made on the reactor's thread, as callbacks do: all of a turn are taken in at its end,
  // under one lock. Their frames are in `staged_bytes_`.
  struct Staged {
    std::uint64_t deadline_ms = 0;
    std::size_t bytes = 0;
    std::size_t seqid_at = 0;
    CallDone done;
  };

  // Why no call can be taken now; empty: it can. The first part is for the reactor's thread too, without the
  // mutex: nobody else changes what it looks at.
  [[nodiscard]] std::string objection(std::uint64_t now_ms) const;
  [[nodiscard]] std::string objection_to_more() const;
  void stage(const CallFrame& frame, std::uint64_t deadline_ms, CallDone done);
  void take_staged();
  // Gives the call a seqid; its frame is to be added next. With the mutex.
  [[nodiscard]] std::int32_t add(std::uint64_t deadline_ms, std::size_t bytes, CallDone done);
  void resolve();
  void connect(const addrinfo& to);
  void writable();
  void connected();
  void send();
  void readable();
  // False: some of the messages that arrived is no answer.
  [[nodiscard]] bool give_answers();
  void broke(const std::string& why);
  void expire();
  void arm_timer();
  [[nodiscard]] std::string where() const;

  Reactor& reactor_;
  const ChannelOptions options_;

  mutable std::mutex mutex_;  // guards what follows
  State state_ = State::down;
  PendingCalls pending_;
  std::string out_;             // frames that were not handed to the socket yet
  std::uint64_t position_ = 0;  // of the end of `out_` in all that was ever to be sent in this connection
  bool listed_ = false;
  std::string why_down_;
  std::uint64_t waits_until_ms_ = 0;
  std::uint64_t earliest_deadline_ms_ = 0;  // or before it; 0: no call waits
  Figures figures_;

  // The reactor's thread alone. It alone changes the state, too.
  std::vector<Staged> staged_;
  std::string staged_bytes_;
  std::vector<Bytes> arrived_;
  struct Answered {
    AnswerHead head;
    CallDone done;
  };
  std::vector<Answered> answered_;
  Random random_;
  Socket socket_;
  Event readable_;
  Event writable_;
  Event timer_;
  std::uint64_t timer_at_ms_ = 0;  // 0: not running
  std::uint64_t connect_by_ms_ = 0;
  FrameCutter cutter_;
  MessageReader reader_;
  std::string sending_;
  std::size_t taken_ = 0;   // by the socket, of sending_
  std::uint64_t sent_ = 0;  // by the socket, in all
  bool any_answer_ = false;
  unsigned failures_ = 0;           // since the last answer
  Resolving* resolving_ = nullptr;  // owned by the question that is on its way
};

}  // namespace vow::rpc
