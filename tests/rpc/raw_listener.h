// A socket on the loopback that accepts connections and says at most one thing to each.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coordinator/base/check.h"

namespace vow::rpc {

class RawListener {
 public:
  explicit RawListener(std::string says = "")
      : says_(std::move(says)), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    VOW_CHECK(::bind(socket_, any, size) == 0 && ::listen(socket_, 16) == 0 &&
                  ::getsockname(socket_, any, &size) == 0,
              "cannot listen on the loopback");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~RawListener() { close(); }
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // Nobody listens there any more.
  void close() {
    if (!thread_.joinable()) return;
    closing_ = true;
    thread_.join();
    for (const int each : accepted_) ::close(each);
    ::close(socket_);
  }

 private:
  void run() {
    while (!closing_) {
      pollfd waiting{.fd = socket_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, 10) != 1) continue;
      const int accepted = ::accept(socket_, nullptr, nullptr);
      if (accepted < 0) continue;
      accepted_.push_back(accepted);
      if (!says_.empty()) (void)::send(accepted, says_.data(), says_.size(), MSG_NOSIGNAL);
    }
  }

  const std::string says_;
  const int socket_;
  std::uint16_t port_ = 0;
  std::atomic<bool> closing_ = false;
  std::vector<int> accepted_;
  std::thread thread_;
};

}  // namespace vow::rpc
