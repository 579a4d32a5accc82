// Frames, a length and that many bytes, echoed over loopback by plain libevent: what calls are held against.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "coordinator/rpc/socket.h"

namespace vow::bench {

// One event loop in a thread of its own.
class EchoThread {
 public:
  EchoThread();
  ~EchoThread();
  EchoThread(const EchoThread&) = delete;
  EchoThread& operator=(const EchoThread&) = delete;
  // Runs on the thread, soon.
  void post(std::function<void(event_base*)> task);

 private:
  event_base* base_;
  std::thread thread_;
};

// Sends each frame back as it came.
class EchoServer {
 public:
  explicit EchoServer(std::size_t threads);
  ~EchoServer();
  [[nodiscard]] std::uint16_t port() const;

 private:
  rpc::Socket listener_;
  std::vector<std::unique_ptr<EchoThread>> threads_;
  std::thread accepting_;
};

// Keeps a number of frames on their way in one connection.
class EchoPipeline {
 public:
  EchoPipeline(std::uint16_t port, std::string frame);
  void start(std::size_t in_flight, std::function<void()> answered);
  // Returns when none is on its way any more.
  void stop();

 private:
  static void readable(bufferevent* events, void* self);

  const std::string frame_;
  std::function<void()> answered_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> left_{0};
  bufferevent* events_ = nullptr;
  EchoThread thread_;
};

// One frame after another, on a blocking socket.
class EchoClient {
 public:
  EchoClient(std::uint16_t port, std::string frame);
  void call();

 private:
  const std::string frame_;
  rpc::Socket socket_;
};

}  // namespace vow::bench
