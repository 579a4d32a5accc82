// The coordinator's front door for people, scripts and monitoring: HTTP with JSON.
//
//   accept ─▶ Connections (how many, how long) ─▶ a thread of its own, Connection: reads one request,
//   Router: finds its Route, Shares: is there a thread left for its kind?
//   ─▶ an endpoint: decodes, asks the loop (ask.h), encodes ─▶ Connection: writes, and reads the next
//
// Nothing that a client sends or leaves unsent holds a thread longer than the options say, and no request of
// one kind takes the threads of another: health and metrics are answered while everything else is overloaded.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "coordinator/base/result.h"
#include "coordinator/dispatch/coordinator.h"

namespace vow::http {

// An operator asked for something, and this is what came of it.
struct OperatorAct {
  std::string what;  // "POST /v1/cluster/transfer"
  dispatch::OperatorWord word;
  int status = 0;
};

struct Options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 7480;  // 0: any that is free
  // Each connection that is being served has a thread. Beyond it connections wait for one, and those that
  // idle or are slow are closed to make room.
  std::size_t threads_max = 64;
  std::size_t connections_max = 256;  // served or waiting; more are turned away
  // Of the threads, at most so many for requests that wait: for decisions and replication, and for long
  // polls.
  std::size_t waits_max = 24;
  std::size_t polls_max = 24;
  std::size_t body_bytes_max = 1u << 20;
  std::uint32_t read_ms_max = 10'000;  // for a whole request, from its first byte; and for the first to begin
  std::uint32_t write_ms_max = 10'000;  // for a whole response
  std::uint32_t idle_ms_max = 30'000;   // between requests
  std::uint32_t act_ms_max = 15'000;    // for an operator's act to take effect
  std::uint32_t answer_ms_max = 5'000;  // for the loop to answer, beyond what the request asks to wait
  NodeId self;                          // whose door this is
  // Told of each act of an operator, on a thread of the server's: for the log.
  std::function<void(const OperatorAct&)> on_operator_act = [](const OperatorAct&) {};
};

class Server {
 public:
  // The loop must outlive the server.
  Server(Options options, dispatch::Loop& loop);
  // Stops.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Listens. The port; or why not, and what to do about it.
  [[nodiscard]] Result<std::uint16_t, std::string> start();
  // Takes nothing more on, tells those who wait, and ends all connections and threads.
  void stop();

 private:
  class Running;
  const Options options_;
  dispatch::Loop& loop_;
  std::unique_ptr<Running> running_;
};

}  // namespace vow::http
