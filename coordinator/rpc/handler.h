// The clients' service on top of a coordinator.
//
//   I/O thread   decodes and validates the calls of a burst         (decode.h)
//   loop         carries the whole burst out, as one task            (carry_out.h)
//   loop         at the end of its turn hands back what is answered: one task, hence at most one wake-up, for
//   each
//                I/O thread
//   I/O thread   encodes the answers                                 (encode.h)
//
// If the loop takes no more, each call of the burst is told `overloaded`. Calls that are answered later
// (poll, commit, rollback) outlive their connections, and this object: their answers are then dropped. When a
// connection closes over which sessions polled, the coordinator is told that they are cut off.
#pragma once

#include <memory>
#include <vector>

#include "coordinator/dispatch/coordinator.h"
#include "coordinator/rpc/calls.h"
#include "coordinator/rpc/message.h"
#include "coordinator/rpc/service.h"

namespace vow::rpc {

struct HandlerOptions {
  MessageLimits limits{};
  // Calls that were handed to the loop and are not answered, long polls included; beyond it `overloaded`.
  std::size_t waiting_max = 200'000;
};

class Handler final : public Service {
 public:
  // To be made before the loop starts, and to serve one server, of at most `io_threads` threads. The loop
  // outlives the server.
  Handler(const HandlerOptions& options, dispatch::Loop& loop, std::size_t io_threads);
  ~Handler() override;

  void attached(const std::vector<std::shared_ptr<Io>>& ios) override;
  std::string call(Io& io, CallId id, Bytes message) override;
  void closed(Io& io, const CallId& connection) override;
  void end_of_burst(Io& io) override;

 private:
  struct Shared;
  struct PerIo;

  const HandlerOptions options_;
  dispatch::Loop& loop_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace vow::rpc
