// Sockets, owned, and addresses as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "coordinator/base/result.h"

namespace vow::rpc {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~Socket();
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

// Listens at `address` (IPv4, IPv6 or a host's name), or says why not.
[[nodiscard]] Result<Socket, std::string> listen_at(const std::string& address, std::uint16_t port);
[[nodiscard]] std::uint16_t port_of(const Socket& socket);
// "127.0.0.1:5000", "[::1]:5000".
[[nodiscard]] std::string peer_of(const Socket& socket);
// Sends small messages at once, and notices half-open connections even while nothing is said.
void set_connection_options(const Socket& socket);

}  // namespace vow::rpc
