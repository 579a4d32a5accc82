// Calls in one connection, any number at once, from any thread.
//
// It promises:
//   - Each call ends exactly once, by its deadline, whatever the server does. An answer that comes later is
//   dropped.
//   - An exception, or an answer that nobody waits for, ends no other call.
//   - Who calls is never blocked by the network.
//
//               a call                      connected                       an error, the end of the stream
//   down ─────────────────▶ connecting ───────────────▶ up ──────────────────────────────────────▶ down
//                               │ an error, or connect_ms_max
//                               ▼
//                           waiting ──back-off over, and a call──▶ connecting
//
//   down        nothing is sent or awaited; the next call connects
//   connecting  calls gather
//   up          calls are sent as they come
//   waiting     calls fail at once, as unsent: whoever knows another address can use it. A server that takes
//               connections and ends them without any answer is waited for likewise
//
// When the connection ends, calls of which nothing was sent fail as unsent, the others as unanswered.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "coordinator/base/random.h"
#include "coordinator/rpc/caller.h"
#include "coordinator/rpc/reactor.h"

namespace vow::rpc {

struct ChannelOptions {
  std::string host = "127.0.0.1";  // IPv4, IPv6 or a name
  std::uint16_t port = 0;
  MessageLimits limits{};
  std::uint32_t frame_bytes_max = 16u << 20;
  // Beyond these calls fail at once, as unsent.
  std::size_t calls_in_flight_max = 65'536;
  std::size_t unsent_bytes_max = 64u << 20;
  std::uint64_t connect_ms_max = 5'000;
  // The first wait; each next one is twice as long, up to the second, and a random part of it, half at least,
  // is waited.
  std::uint64_t back_off_ms = 20;
  std::uint64_t back_off_ms_max = 2'000;
  std::uint64_t seed = 1;
};

class Channel final : public Caller {
 public:
  // The reactor outlives it.
  Channel(Reactor& reactor, const ChannelOptions& options);
  // Calls that wait fail, as when the connection breaks. Not from within a `done`.
  ~Channel() override;

  // `done` is called on the reactor's thread, or at once here if nothing can be sent. It may call again, and
  // may not block.
  void call(CallFrame& frame, CallTimeout timeout, CallDone done) override;
  // Not on the reactor's thread.
  void call_and_wait(CallFrame& frame, CallTimeout timeout, const CallDone& done) override;

  struct Figures {
    std::uint64_t calls = 0;
    std::uint64_t connects = 0;         // that succeeded
    std::uint64_t failed_connects = 0;  // or ended without an answer
    std::uint64_t late_answers = 0;
    std::size_t in_flight = 0;
  };
  [[nodiscard]] Figures figures() const;

 private:
  class Link;
  Reactor& reactor_;
  const std::unique_ptr<Link> link_;
};

}  // namespace vow::rpc
