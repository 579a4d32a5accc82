#include "coordinator/http/router.h"

#include <chrono>

#include <fmt/format.h>

#include "coordinator/http/text.h"

namespace vow::http {
namespace {

using Code = dispatch::Problem::Code;

// Browsers say on whose page a request was made. Other people's pages may not act on this node through its
// operator's browser.
bool is_from_elsewhere(const Request& request) {
  const bool changes = request.method != "GET" && request.method != "HEAD";
  return changes && !request.origin.empty() && request.origin != "http://" + request.host;
}

Response refuse_path(const Request& request, const Found& found) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (found.allowed.empty()) {
    return refuse(Code::not_found,
                  fmt::format("there is nothing at {}; /v1/openapi.json lists all there is", quoted(path)));
  }
  Response response = refuse(405, {.code = Code::invalid,
                                   .what = fmt::format("{} does not take {}, only {}", quoted(path),
                                                       quoted(request.method), found.allowed),
                                   .leader = {}});
  response.allow = found.allowed;
  return response;
}

}  // namespace

Router::Router(const Options& options, dispatch::Loop& loop, const Connections& connections)
    : options_(options), loop_(loop), connections_(connections), shares_(options), own_metrics_([this] {
        return figures_.text(connections_.counts(), shares_);
      }) {}

Response Router::respond(const Request& request, const std::function<bool()>& is_gone) {
  const auto begun = std::chrono::steady_clock::now();
  std::string_view method = "other";
  std::string_view pattern = "other";
  Response response;
  const auto target = parse_target(request.target);
  if (!target.ok()) {
    response = refuse(Code::invalid, target.error());
  } else if (is_from_elsewhere(request)) {
    response = refuse(
        Code::invalid,
        fmt::format("requests that change something are not taken from pages of {}", quoted(request.origin)));
  } else if (const Found found = find_route(request.method, target->segments); found.route == nullptr) {
    response = refuse_path(request, found);
  } else {
    method = found.route->method;
    pattern = found.route->pattern;
    const Asker asker(loop_, stopping_, is_gone);
    response = respond(*found.route, {.options = options_,
                                      .asker = asker,
                                      .request = request,
                                      .target = *target,
                                      .captured = found.captured,
                                      .own_metrics = own_metrics_});
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
  figures_.answered(method, pattern, response.status, taken.count());
  return response;
}

Response Router::respond(const Route& route, const Call& call) {
  const auto share = shares_.take(route.kind);
  if (!share) {
    return refuse(
        Code::overloaded,
        fmt::format("as many requests of this kind are in progress as may be, {}; this one was not carried "
                    "out: try again later",
                    shares_.most(route.kind)));
  }
  try {
    return route.answer(call);
  } catch (const std::exception& defect) {
    return refuse(Code::unknown, fmt::format("a defect of Vow, please report it: {} at {} {}", defect.what(),
                                             route.method, route.pattern));
  }
}

void Router::note_refusal(int status) { figures_.answered("other", "other", status, 0); }

}  // namespace vow::http
