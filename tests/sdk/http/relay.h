// What stands between a caller and a service: it passes bytes on, loses answers, and may lead each connection
// to another instance of the service.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Net/TCPServerConnection.h>
#include <Poco/Net/TCPServerConnectionFactory.h>
#include <Poco/ThreadPool.h>

#include "tests/sdk/http/http_service.h"

namespace vow::testing {

class Relay {
 public:
  // Of one connection.
  struct Way {
    std::uint16_t port = 0;  // of the service
    // That many bytes of answers arrive; then it is cut, or falls silent.
    std::size_t answer_bytes = std::numeric_limits<std::size_t>::max();
    bool falls_silent = false;
  };
  // For the nth connection, from 0.
  using Choose = std::function<Way(int nth)>;

  explicit Relay(Choose choose)
      : choose_(std::move(choose)),
        server_(new Factory(*this), threads_, socket_, new Poco::Net::TCPServerParams) {
    server_.start();
  }
  ~Relay() {
    stopping_ = true;
    server_.stop();
    threads_.joinAll();
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  [[nodiscard]] std::uint16_t port() const { return socket_.address().port(); }
  // Ends all connections, and returns once they are.
  void cut() {
    ++cuts_;
    for (int left = open_; left > 0; left = open_) open_.wait(left);
  }
  // So many have been made.
  [[nodiscard]] int connections() const { return connections_; }
  // So many had an answer of the service, whether it arrived or not.
  [[nodiscard]] int answered() const { return answered_; }

 private:
  using Socket = Poco::Net::StreamSocket;

  class Connection final : public Poco::Net::TCPServerConnection {
   public:
    Connection(const Socket& from, Relay& of) : TCPServerConnection(from), of_(of) {}
    void run() override { of_.pass(socket()); }

   private:
    Relay& of_;
  };
  class Factory final : public Poco::Net::TCPServerConnectionFactory {
   public:
    explicit Factory(Relay& of) : of_(of) {}
    Poco::Net::TCPServerConnection* createConnection(const Socket& from) override {
      return new Connection(from, of_);
    }

   private:
    Relay& of_;
  };

  void pass(Socket& caller) {
    ++open_;
    const int cuts = cuts_;
    const Way way = choose_(connections_++);
    try {
      Socket service(Poco::Net::SocketAddress("127.0.0.1", way.port));
      std::size_t answer_left = way.answer_bytes;
      bool has_answer = false;
      while (!stopping_ && cuts == cuts_ &&
             pass_once(caller, service, answer_left, has_answer, way.falls_silent)) {
      }
      service.close();
    } catch (const Poco::Exception&) {  // one of the two has gone
    }
    caller.close();
    --open_;
    open_.notify_all();
  }

  // False: it is over.
  bool pass_once(Socket& caller, Socket& service, std::size_t& answer_left, bool& has_answer,
                 bool falls_silent) {
    Poco::Net::Socket::SocketList readable{caller, service}, none, failed;
    if (Poco::Net::Socket::select(readable, none, failed, Poco::Timespan(0, 10'000)) == 0) return true;
    for (const Poco::Net::Socket& from : readable) {
      const bool is_answer = from == service;
      char bytes[1 << 12];
      const int got = Socket(from).receiveBytes(bytes, sizeof bytes);
      if (got <= 0) return false;
      if (is_answer && !std::exchange(has_answer, true)) ++answered_;
      const auto size = static_cast<std::size_t>(got);
      const std::size_t passed = is_answer ? std::min(size, answer_left) : size;
      if (passed > 0) (is_answer ? caller : service).sendBytes(bytes, static_cast<int>(passed));
      if (passed < size && !falls_silent) return false;
      if (is_answer) answer_left -= passed;
    }
    return true;
  }

  const Choose choose_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> cuts_{0};
  std::atomic<int> open_{0};
  std::atomic<int> connections_{0};
  std::atomic<int> answered_{0};
  Poco::ThreadPool threads_{2, 32};
  const Poco::Net::ServerSocket socket_ = loopback_socket();
  Poco::Net::TCPServer server_;
};

}  // namespace vow::testing
