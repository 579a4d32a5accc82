// One node's side of the peer port on the loopback, for tests: links, service and server.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/rpc/peer_links.h"
#include "coordinator/rpc/peer_service.h"
#include "coordinator/rpc/server.h"

namespace vow::rpc {

inline constexpr std::chrono::seconds patience{60};

// Something that other threads bring about.
class Awaited {
 public:
  // Changes are made under this lock.
  template <class Change>
  void change(Change change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  // True once `condition` holds; false if it did not for too long. It is asked after every change, and now
  // and then, for what happens elsewhere.
  [[nodiscard]] bool wait(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + patience;
    std::unique_lock lock(mutex_);
    while (!condition()) {
      if (std::chrono::steady_clock::now() >= end) return false;
      changed_.wait_for(lock, std::chrono::milliseconds(5));
    }
    return true;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
};

class PeerHost {
 public:
  struct Options {
    NodeId id;
    CellId cell = CellId(7);
    std::uint16_t port = 0;
    PeerLinkOptions link = {};
    bool tells_address = true;
  };

  explicit PeerHost(const Options& options)
      : service(std::make_shared<PeerService>(options.id, [this](const std::string& line) { log(line); })),
        server_(server_options(options.port), std::make_shared<wire::peer::PeerAsyncProcessor>(service)) {
    const auto started = server_.start();
    EXPECT_TRUE(started.ok()) << started.error();
    port = started.ok() ? *started : 0;
    PeerLinks::Options link_options;
    link_options.self = options.id;
    link_options.cell = options.cell;
    if (options.tells_address) link_options.address = address();
    link_options.link = options.link;
    link_options.seed = options.id.value();
    link_options.log = [this](const std::string& line) { log(line); };
    links = std::make_unique<PeerLinks>(std::move(link_options));
  }
  ~PeerHost() {
    service->stop_delivery();
    server_.stop();
  }
  PeerHost(const PeerHost&) = delete;
  PeerHost& operator=(const PeerHost&) = delete;

  // Gathers what comes in, or hands it to `take`.
  void listen() {
    listen([this](std::vector<node::PeerMessage> messages) {
      awaited.change([&] {
        for (node::PeerMessage& message : messages) received.push_back(std::move(message));
      });
      return true;
    });
  }
  void listen(PeerService::Deliver take) { service->start_delivery(*links, std::move(take)); }

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port); }
  [[nodiscard]] PeerFigures figures(NodeId peer) const { return links->figures().at(peer); }
  [[nodiscard]] bool wait(const std::function<bool()>& condition) { return awaited.wait(condition); }
  [[nodiscard]] bool wait_connected(NodeId peer) {
    return wait([&] { return figures(peer).connected; });
  }
  // Until so many lines of the log have this in them.
  [[nodiscard]] bool wait_for_lines(const std::string& text, std::size_t wanted = 1) {
    return wait([&] {
      std::size_t count = 0;
      for (const std::string& line : lines) count += line.find(text) != std::string::npos ? 1 : 0;
      return count == wanted;
    });
  }

  [[nodiscard]] std::size_t count_lines() {
    std::size_t count = 0;
    awaited.change([&] { count = lines.size(); });
    return count;
  }

  Awaited awaited;  // guards these two
  std::vector<node::PeerMessage> received;
  std::vector<std::string> lines;

  std::shared_ptr<PeerService> service;
  std::uint16_t port = 0;
  std::unique_ptr<PeerLinks> links;

 private:
  static ServerOptions server_options(std::uint16_t port) {
    ServerOptions options = peer_server_options();
    options.port = port;
    return options;
  }
  void log(const std::string& line) {
    awaited.change([&] { lines.push_back(line); });
  }

  Server server_;
};

inline raft::Message heartbeat(NodeId from, NodeId to, std::uint64_t nth) {
  return {from, to, Term(1), raft::Heartbeat{Index(), nth}};
}
// Which one it is; 0: it is none.
inline std::uint64_t heartbeat_number(const node::PeerMessage& message) {
  const auto* raft_message = std::get_if<raft::Message>(&message);
  const auto* body = raft_message != nullptr ? std::get_if<raft::Heartbeat>(&raft_message->body) : nullptr;
  return body != nullptr ? body->round : 0;
}

}  // namespace vow::rpc
