// A plain connection over loopback, for who does not keep to the protocol; and a plain listener.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include "coordinator/base/check.h"
#include "coordinator/rpc/socket.h"

namespace vow::rpc {

class RawSocket {
 public:
  explicit RawSocket(Socket socket) : socket_(std::move(socket)) {}
  // The other side cannot send much before this one reads.
  void take_little_at_a_time() {
    const int bytes = 4096;
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }
  static RawSocket connect(std::uint16_t port) {
    Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    VOW_CHECK(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0,
              "cannot connect to port {}", port);
    return RawSocket(std::move(socket));
  }

  // False: the other side has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t took = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (took <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(took));
    }
    return true;
  }
  // As much as the other side takes without waiting.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t took = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return took > 0 ? static_cast<std::size_t>(took) : 0;
  }
  // What is there within `wait`; empty: nothing came. None: the other side has closed.
  std::optional<std::string> receive(std::chrono::milliseconds wait = std::chrono::seconds(10)) {
    pollfd waited{socket_.get(), POLLIN, 0};
    if (::poll(&waited, 1, static_cast<int>(wait.count())) == 0) return "";
    std::string bytes(64u << 10, '\0');
    const ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (got <= 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
  bool is_closed_within(std::chrono::milliseconds wait) {
    const auto until = std::chrono::steady_clock::now() + wait;
    while (std::chrono::steady_clock::now() < until) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      if (!receive(std::max(left, std::chrono::milliseconds(1)))) return true;
    }
    return false;
  }
  [[nodiscard]] int descriptor() const { return socket_.get(); }

 private:
  Socket socket_;
};

class RawListener {
 public:
  RawListener() {
    auto socket = listen_at("127.0.0.1", 0);
    VOW_CHECK(socket.ok(), "cannot listen on loopback");
    socket_ = std::move(*socket);
  }
  [[nodiscard]] std::uint16_t port() const { return port_of(socket_); }
  // The next connection; waits for it, but not for ever.
  RawSocket accept() {
    pollfd waited{socket_.get(), POLLIN, 0};
    VOW_CHECK(::poll(&waited, 1, 10'000) == 1, "nobody connects");
    Socket accepted(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    VOW_CHECK(accepted.is_open(), "cannot accept");
    return RawSocket(std::move(accepted));
  }
  bool is_asked_within(std::chrono::milliseconds wait) {
    pollfd waited{socket_.get(), POLLIN, 0};
    return ::poll(&waited, 1, static_cast<int>(wait.count())) == 1;
  }

 private:
  Socket socket_;
};

}  // namespace vow::rpc
