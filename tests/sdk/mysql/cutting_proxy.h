// A proxy of the loopback that cuts a connection at a statement of the test's choice, as networks do: before
// the server has got it, or after the server has done it and before its answer arrives. The server's end may
// stay open, so that the server does not notice.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace vow::testing {

class CuttingProxy {
 public:
  enum class Cut : std::uint8_t { before_the_server, after_the_server };
  enum class Notice : std::uint8_t { at_once, when_told };

  explicit CuttingProxy(std::string server_socket) : server_socket_(std::move(server_socket)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool listens = ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                         ::listen(listener_, 16) == 0 &&
                         ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (!listens) throw std::runtime_error("the proxy cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~CuttingProxy() {
    stopping_ = true;
    thread_.join();
    for (const Pair& pair : pairs_) {
      ::close(pair.client);
      ::close(pair.server);
    }
    let_the_server_notice();
    ::close(listener_);
  }
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

  // The next statement that begins with `text` is the last one of its connection.
  void cut_at(std::string text, Cut where, Notice notice) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
    where_ = where;
    notice_ = notice;
  }
  void let_the_server_notice() {
    const std::lock_guard lock(mutex_);
    for (const int held : held_) ::close(held);
    held_.clear();
  }

 private:
  struct Pair {
    int client;
    int server;
  };

  void serve() {
    while (!stopping_) {
      std::vector<pollfd> all{{listener_, POLLIN, 0}};
      for (const Pair& pair : pairs_) {
        all.push_back({pair.client, POLLIN, 0});
        all.push_back({pair.server, POLLIN, 0});
      }
      if (::poll(all.data(), all.size(), 10) <= 0) continue;
      std::vector<Pair> still;
      for (std::size_t i = 0; i < pairs_.size(); ++i) {
        const bool lives = (all[1 + 2 * i].revents == 0 || pass_request(pairs_[i])) &&
                           (all[2 + 2 * i].revents == 0 || pass(pairs_[i].server, pairs_[i].client));
        lives ? still.push_back(pairs_[i]) : end(pairs_[i]);
      }
      pairs_ = std::move(still);
      if (all[0].revents != 0) accept_one();
    }
  }

  void accept_one() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, server_socket_.c_str(), sizeof address.sun_path - 1);
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(server, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
      pairs_.push_back({client, server});
    } else {
      end({client, server});
    }
  }

  static bool pass(int from, int to) {
    char bytes[1 << 16];
    const ssize_t size = ::recv(from, bytes, sizeof bytes, 0);
    return size > 0 && ::send(to, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL) == size;
  }

  // False: it is cut, or over.
  bool pass_request(Pair& pair) {
    char bytes[1 << 16];
    const ssize_t size = ::recv(pair.client, bytes, sizeof bytes, 0);
    if (size <= 0) return false;
    const std::string_view statement(bytes, static_cast<std::size_t>(size));
    const std::lock_guard lock(mutex_);
    const bool is_cut = !text_.empty() && statement.size() > 5 && statement.substr(5).starts_with(text_);
    if (!is_cut || where_ == Cut::after_the_server) {
      if (::send(pair.server, bytes, statement.size(), MSG_NOSIGNAL) != size) return false;
    }
    if (!is_cut) return true;
    text_.clear();
    if (where_ == Cut::after_the_server) (void)::recv(pair.server, bytes, sizeof bytes, 0);
    if (notice_ == Notice::when_told) held_.push_back(std::exchange(pair.server, -1));
    return false;
  }

  static void end(const Pair& pair) {
    ::close(pair.client);
    if (pair.server != -1) ::close(pair.server);
  }

  const std::string server_socket_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::vector<Pair> pairs_;  // the thread alone
  std::mutex mutex_;         // guards what follows
  std::string text_;
  Cut where_ = Cut::before_the_server;
  Notice notice_ = Notice::at_once;
  std::vector<int> held_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace vow::testing
