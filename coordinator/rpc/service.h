// What a server serves, and how answers find their way back.
//
//   any connection ──frame──▶ Service::call()          on the I/O thread of that connection
//                             Service::end_of_burst()  there, when all that had arrived was handed over
//   any thread ────────────▶ Io::post()                takes answers back to that thread
//   I/O thread ────────────▶ Io::begin_answer()        writes them; they leave when the burst ends
//
// A service decides itself where calls are carried out. It must not block in any of its functions.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vow::rpc {

// One call of one connection, until it is answered. Stays harmless when the connection is gone.
struct CallId {
  std::uint32_t io = 0;          // which I/O thread
  std::uint32_t connection = 0;  // its slot there
  std::uint64_t generation = 0;  // of the slot
  std::int32_t seqid = 0;
};

// One I/O thread, as services see it.
class Io {
 public:
  virtual ~Io() = default;
  // As in CallId::io.
  [[nodiscard]] virtual std::uint32_t index() const = 0;

  // From any thread: runs `task` on the I/O thread, soon, in order; all that gathered since it last looked is
  // one wake-up. After the server has stopped tasks are dropped.
  virtual void post(std::function<void()> task) = 0;

  // What follows is for the I/O thread alone. Each call is ended once: by an answer, by end_silently() or by
  // drop(). If its connection is gone nothing happens.

  // Where the answer's message is to be appended, as end_answer() then takes it; null: the connection is
  // gone.
  [[nodiscard]] virtual std::string* begin_answer(const CallId& call) = 0;
  virtual void end_answer(const CallId& call) = 0;
  // A call that needs no answer is done.
  virtual void end_silently(const CallId& call) = 0;
  // Closes the connection: `why` goes to the log.
  virtual void drop(const CallId& call, std::string_view why) = 0;
};

class Service {
 public:
  virtual ~Service() = default;
  // Before the first call.
  virtual void attached(const std::vector<std::shared_ptr<Io>>& ios) = 0;
  // One whole Thrift message, less its frame's length; `seqid` is still to be read from it. `message` lives
  // until this returns. Empty: taken. Otherwise it was malformed, and why: the connection is closed.
  [[nodiscard]] virtual std::string call(Io& io, CallId id, std::span<const std::uint8_t> message) = 0;
  // There will be no more of this connection.
  virtual void closed(Io&, const CallId& /*of the connection; no call of it*/) {}
  // On each I/O thread, after it has handed over all calls that had arrived.
  virtual void end_of_burst(Io& io) = 0;
};

}  // namespace vow::rpc
