// A server, with all that is behind it, and a client of it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "coordinator/base/check.h"
#include "coordinator/rpc/channel.h"
#include "coordinator/rpc/client.h"
#include "coordinator/rpc/handler.h"
#include "coordinator/rpc/server.h"
#include "tests/rpc/scripted_coordinator.h"

namespace vow::rpc {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace): tests speak of time all along

inline bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds within = 10s) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

// The lines that a server logs.
class Lines {
 public:
  void add(std::string line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }
  [[nodiscard]] std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

class Served {
 public:
  explicit Served(ServerOptions options = {}, HandlerOptions handler = {}, std::size_t tasks_max = 65'536)
      : loop(coordinator, tasks_max) {
    options.log = [this](std::string line) { lines.add(std::move(line)); };
    server = std::make_unique<Server>(options, std::make_shared<Handler>(handler, loop, options.io_threads));
  }
  ~Served() {
    if (server) server->stop();
    loop.stop();
  }

  // After the test has scripted the coordinator.
  void start() {
    loop.start();
    const auto listening = server->start();
    VOW_CHECK(listening.ok(), "{}", listening.error());
    port = *listening;
    channel = std::make_unique<Channel>(reactor, ChannelOptions{.port = port});
    client = std::make_unique<Client>(*channel);
  }

  ScriptedCoordinator coordinator;
  Lines lines;
  ThreadLoop loop;
  std::unique_ptr<Server> server;
  std::uint16_t port = 0;
  Reactor reactor;
  std::unique_ptr<Channel> channel;
  std::unique_ptr<Client> client;
};

inline txn::Xid some_xid(std::uint32_t sequence = 1) {
  txn::Xid xid;
  xid.cell = 7;
  xid.incarnation = 3;
  xid.term = 2;
  xid.timeout_s = 30;
  xid.begin_ms = 1'700'000'000'000;
  xid.session = 5;
  xid.sequence = sequence;
  return xid;
}

inline wire::Vote some_vote(std::uint32_t sequence = 1) {
  wire::Vote vote;
  vote.xid = txn::to_string(some_xid(sequence));
  vote.preparation.branch = "pay-1";
  vote.preparation.nonce = 99;
  vote.resource = "payments-db";
  vote.session = 5;
  return vote;
}

}  // namespace vow::rpc
