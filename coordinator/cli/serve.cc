#include "coordinator/cli/serve.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <thread>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "coordinator/cli/log.h"
#include "coordinator/cli/node_process.h"

namespace vow::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto drain_at_most = 10s;

std::atomic<bool> asked_to_stop{false};

void on_signal(int) { asked_to_stop = true; }

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGTERM, SIGINT}) sigaction(signal, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

LogLevel level_of(const std::string& name) {
  if (name == "error") return LogLevel::error;
  return name == "warning" ? LogLevel::warning : LogLevel::info;
}

void print_welcome(const NodeProcess& node) {
  fmt::print(std::cout,
             "vow is ready: one node for development, which keeps everything in ./.vow-dev\n"
             "  clients  {0}\n"
             "  HTTP     {1}\n"
             "Try, in another terminal:\n"
             "  vow cluster status --at {1}\n"
             "  curl -s -X POST http://{1}/v1/transactions -d '{{\"timeout_s\": 60}}'\n"
             "  vow tx list --at {1}\n",
             node.client_address(), node.http_address());
  std::cout.flush();
}

}  // namespace

int serve(const ServeConfig& config) {
  catch_signals();
  start_log(level_of(config.log.level), config.log.dir);
  auto started = NodeProcess::start(
      config, [](LogLevel level, const std::string& what) { log(level, what); }, asked_to_stop);
  if (!started) {
    fmt::print(std::cerr, "vow serve cannot start: {}\n", started.error());
    flush_log();
    return 1;
  }
  NodeProcess& node = **started;
  log(LogLevel::info,
      fmt::format("node {} serves clients at {}, peers at {} and HTTP at {}", node.node().value(),
                  node.client_address(), node.peer_address(), node.http_address()));
  if (config.dev) print_welcome(node);

  while (!asked_to_stop && node.stopped().empty()) std::this_thread::sleep_for(50ms);
  const std::string why = node.stopped();
  if (why.empty()) {
    log(LogLevel::info, "asked to stop: handing over and finishing what is in flight");
    node.drain(drain_at_most);
    log(LogLevel::info, "stopped");
  } else {
    fmt::print(std::cerr, "vow serve stopped: {}\n", why);
    log(LogLevel::error, why);
  }
  flush_log();
  return why.empty() ? 0 : 1;
}

}  // namespace vow::cli
