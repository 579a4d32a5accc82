// Accepts connections and gives each a thread. Threads are started as they are needed, at most so many, and
// stay; a connection that finds none free waits in a queue, which Connections bounds.
//
// Threads: `vow-http-accept` and, for each connection that is being served, `vow-http`.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocket.h>

#include "coordinator/http/connections.h"

namespace vow::http {

class Listener {
 public:
  // Serves one connection to its end; must not throw.
  using Serve = std::function<void(Poco::Net::StreamSocket&)>;

  // `socket` listens already.
  Listener(const Poco::Net::ServerSocket& socket, Connections& connections, std::size_t threads_max,
           Serve serve);
  // Closes those that wait; those that are served must come to their end by themselves (Connections::stop).
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

 private:
  void accept_all();
  void accept_one();
  void work();

  Poco::Net::ServerSocket socket_;
  Connections& connections_;
  const std::size_t threads_max_;
  const Serve serve_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Poco::Net::StreamSocket>> waiting_;
  std::vector<std::thread> threads_;
  std::size_t idle_threads_ = 0;
  bool closing_ = false;

  std::thread acceptor_;
};

}  // namespace vow::http
