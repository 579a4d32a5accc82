#include <fmt/format.h>

#include "coordinator/http/endpoint.h"
#include "coordinator/http/endpoints.h"
#include "coordinator/http/figures.h"
#include "coordinator/http/openapi.h"

namespace vow::http {
namespace {

using dispatch::Check;
using dispatch::Coordinator;
using dispatch::Metric;

// A loop that takes longer for a turn is not well.
constexpr std::chrono::milliseconds loop_patience{1000};

Response silent_loop() {
  return plain(503, fmt::format("the node's loop did not answer within {} ms\n", loop_patience.count()));
}

}  // namespace

Response livez(const Call& call) {
  Arguments arguments(call);
  if (const auto refusal = arguments.refusal()) return *refusal;
  const auto heard =
      call.asker.ask<bool>(loop_patience, [](const Coordinator&, const Tell<bool>& tell) { tell(true); });
  return std::holds_alternative<bool>(heard) ? plain(200, "ok\n") : silent_loop();
}

Response readyz(const Call& call) {
  Arguments arguments(call);
  const bool verbose = arguments.query().truth("verbose");
  if (const auto refusal = arguments.refusal()) return *refusal;
  using Checks = std::vector<Check>;
  const auto heard = call.asker.ask<Checks>(
      loop_patience,
      [](const Coordinator& coordinator, const Tell<Checks>& tell) { tell(coordinator.checks()); });
  const auto* checks = std::get_if<Checks>(&heard);
  if (checks == nullptr) return silent_loop();

  bool is_ready = true;
  std::string text;
  for (const Check& check : *checks) {
    is_ready = is_ready && check.ok;
    if (verbose || !check.ok) {
      text += fmt::format("[{}] {}: {}\n", check.ok ? "ok" : "not ok", check.name, check.detail);
    }
  }
  return plain(is_ready ? 200 : 503, text + (is_ready ? "ready\n" : "not ready\n"));
}

Response metrics(const Call& call) {
  Arguments arguments(call);
  if (const auto refusal = arguments.refusal()) return *refusal;
  using Metrics = std::vector<Metric>;
  const auto heard = call.asker.ask<Metrics>(
      loop_patience,
      [](const Coordinator& coordinator, const Tell<Metrics>& tell) { tell(coordinator.metrics()); });
  const auto* told = std::get_if<Metrics>(&heard);
  // The server's own figures are worth having most of all while the loop is silent.
  Metrics shown = told != nullptr ? *told : Metrics{};
  shown.push_back({.name = "vow_loop_answers",
                   .help = "1 if the node's loop answered this request in time.",
                   .labels = {},
                   .value = told != nullptr ? 1.0 : 0.0});
  Response response = plain(200, metrics_text(shown) + call.own_metrics());
  response.type = "text/plain; version=0.0.4; charset=utf-8";
  return response;
}

Response openapi(const Call& call) {
  Arguments arguments(call);
  if (const auto refusal = arguments.refusal()) return *refusal;
  Response response;
  response.body = openapi_json;
  return response;
}

}  // namespace vow::http
