// Requests on the coordinator's loop, and the replies that gather there.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "coordinator/rpc/calls.h"

namespace vow::rpc {

// Replies of one turn of the loop, for each I/O thread. Owned by the loop's thread.
class Replies {
 public:
  explicit Replies(std::size_t io_count) : by_io_(io_count) {}

  void add(const CallId& id, Method method, ReplyBody&& body);
  [[nodiscard]] bool has_any(std::size_t io) const { return !by_io_[io].empty(); }
  // Those for this I/O thread since the last time.
  [[nodiscard]] std::vector<Reply> take(std::size_t io);

 private:
  std::vector<std::vector<Reply>> by_io_;
};

// Asks the coordinator. The reply is added to `replies` at once or later, and exactly once, unless the
// coordinator ends before.
void carry_out(dispatch::Coordinator& coordinator, Request request, const std::shared_ptr<Replies>& replies);
// The reply to a request that nobody has time for.
[[nodiscard]] Reply overloaded(const Request& request);

}  // namespace vow::rpc
