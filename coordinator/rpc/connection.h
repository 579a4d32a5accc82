// One connection of a server, on its I/O thread.
//
//            too many calls in flight, or too many unsent bytes
//   reading ───────────────────────────────────────────────────▶ paused
//      │  ◀──────────────────────────────────────────────────────  │
//      │                   half of the limits                      │
//      └──────────────▶ closed ◀───────────────────────────────────┘
//          end of the stream, an error, misbehaviour, silence
//
//   reading   whatever arrives is cut into frames, and each is a call
//   paused    nothing is read: what was read and not handed over is kept, at most one read's worth and a
//   frame closed    for ever; the I/O thread lets go of it when its turn ends
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "coordinator/rpc/events.h"
#include "coordinator/rpc/frame_cutter.h"
#include "coordinator/rpc/server_core.h"
#include "coordinator/rpc/socket.h"

namespace vow::rpc {

class IoThread;

class Connection {
 public:
  // `id` names it in its calls.
  Connection(ServerCore& core, IoThread& io, Socket socket, const CallId& id);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] bool is_closed() const { return state_ == State::closed; }
  // Closes it; with `why`, because it misbehaved.
  void close(std::string_view why = {});

  // Answers of this turn gather here.
  [[nodiscard]] std::string& begin_answer();
  void end_answer();
  // One call less is on its way.
  void ended_call();
  // Sends what gathered, as far as the socket takes it.
  void flush();
  // It is paused and need not be.
  [[nodiscard]] bool can_resume() const;
  // Hands over what was kept, then reads again.
  void resume();
  // Looks at the clock.
  void sweep(std::uint64_t now_ms);
  // In the I/O thread's list of those that have something to do when its turn ends.
  bool is_listed = false;

 private:
  enum class State : std::uint8_t { reading, paused, closed };

  void readable();
  void hand_over(Bytes arrived);
  [[nodiscard]] bool is_full() const;
  void pause();
  [[nodiscard]] std::size_t unsent() const { return out_.size() - sent_; }

  ServerCore& core_;
  IoThread& io_;
  const Socket socket_;
  const CallId id_;
  State state_ = State::reading;
  Event readable_;
  Event writable_;

  FrameCutter cutter_;
  std::size_t partial_charged_ = 0;
  std::size_t calls_in_flight_ = 0;
  bool called_ = false;  // ever

  std::string out_;
  std::size_t sent_ = 0;  // of out_
  std::size_t frame_begin_ = 0;
  std::size_t unsent_charged_ = 0;

  // When the frame that is partly here began, answers were last taken, and anything last happened.
  std::uint64_t partial_since_ms_ = 0;
  std::uint64_t taken_ms_ = 0;
  std::uint64_t active_ms_ = 0;
};

}  // namespace vow::rpc
