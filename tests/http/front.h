// A server in front of a scripted coordinator: what most of these tests begin with.
#pragma once

#include <string>

#include "coordinator/http/server.h"
#include "tests/http/fake_coordinator.h"
#include "tests/http/wire.h"

namespace vow::http {

// Defaults, but for a free port.
[[nodiscard]] inline Options test_options() {
  Options options;
  options.port = 0;
  options.self = LoneNode::self;
  return options;
}

class Front {
 public:
  explicit Front(const Options& options = test_options()) : server_(options, loop), port_(*server_.start()) {}

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] Reply get(std::string_view target) const { return call(port_, "GET", target); }
  [[nodiscard]] Reply post(std::string_view target, std::string_view body = "") const {
    return call(port_, "POST", target, body);
  }
  [[nodiscard]] Reply remove(std::string_view target, std::string_view body = "") const {
    return call(port_, "DELETE", target, body);
  }
  void stop() { server_.stop(); }
  void with(const std::function<void(FakeCoordinator&)>& act) { loop.with(act); }

  FakeLoop loop;

 private:
  Server server_;
  std::uint16_t port_;
};

// "/v1/transactions/<some xid>" and what follows.
[[nodiscard]] inline std::string transaction(std::string_view rest = "") {
  return "/v1/transactions/" + to_string(FakeCoordinator::some_xid()) + std::string(rest);
}

}  // namespace vow::http
