#include "coordinator/rpc/listener.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

namespace vow::rpc {

namespace {

constexpr int accepts_max = 64;  // within one turn
constexpr std::uint64_t retry_ms = 100;

}  // namespace

Listener::Listener(ServerCore& core, Socket socket, IoThread& on,
                   const std::vector<std::shared_ptr<IoThread>>& ios)
    : core_(core),
      socket_(std::move(socket)),
      ios_(ios),
      acceptable_(on.base(), socket_.get(), EV_READ | EV_PERSIST, [this] { accept_all(); }),
      retry_(on.base(), -1, 0, [this] { acceptable_.enable(); }) {
  acceptable_.enable();
}

void Listener::accept_all() {
  for (int i = 0; i < accepts_max; ++i) {
    Socket accepted(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (accepted.is_open()) {
      admit(std::move(accepted));
      continue;
    }
    if (errno == EAGAIN) return;
    if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
    // No descriptors or memory are left: asking again at once would only spin.
    core_.drops.line(fmt::format("new clients cannot be accepted: {}; is the limit of open files too low?",
                                 std::strerror(errno)));
    acceptable_.disable();
    retry_.enable_after(retry_ms);
    return;
  }
}

void Listener::admit(Socket accepted) {
  if (core_.connections.fetch_add(1, std::memory_order_relaxed) >= core_.options.connections_max) {
    core_.connections.fetch_sub(1, std::memory_order_relaxed);
    core_.refused.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  core_.accepted.fetch_add(1, std::memory_order_relaxed);
  set_connection_options(accepted);
  IoThread* io = ios_[next_++ % ios_.size()].get();
  // Closed with the task, should the server stop before it runs.
  const auto carried = std::make_shared<Socket>(std::move(accepted));
  io->post([io, carried] { io->adopt(std::move(*carried)); });
}

}  // namespace vow::rpc
