// What the server answers to, in one table: it drives the dispatching, and docs/openapi.json is held against
// it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/http/ask.h"
#include "coordinator/http/message.h"
#include "coordinator/http/server.h"

namespace vow::http {

// For how long a request may hold its thread; each kind has a share of the threads (shares.h).
enum class Kind : std::uint8_t {
  health,  // always finds a thread
  quick,   // answered in the loop's next turn
  waits,   // until something is decided, replicated or finished
  polls,   // until there is something to do
};

// One request on its way through a route.
struct Call {
  const Options& options;
  const Asker& asker;
  const Request& request;
  const Target& target;
  // What stands for the pattern's {names}, in their order.
  std::vector<std::string> captured;
  // The server's own figures as Prometheus' text, for /metrics.
  const std::function<std::string()>& own_metrics;

  [[nodiscard]] std::chrono::milliseconds patience() const {
    return std::chrono::milliseconds(options.answer_ms_max);
  }
};

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/transactions/{xid}/votes"
  Kind kind = Kind::quick;
  Response (*answer)(const Call&) = nullptr;
};

[[nodiscard]] std::span<const Route> routes();

// The route for a method and path; or none, and which methods the path has ("" if there is no such path).
struct Found {
  const Route* route = nullptr;
  std::vector<std::string> captured;
  std::string allowed;
};
[[nodiscard]] Found find_route(std::string_view method, const std::vector<std::string>& segments);

}  // namespace vow::http
