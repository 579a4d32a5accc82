// From a request to its response, without sockets.
#pragma once

#include <atomic>
#include <functional>

#include "coordinator/http/figures.h"
#include "coordinator/http/route.h"
#include "coordinator/http/shares.h"

namespace vow::http {

class Router {
 public:
  Router(const Options& options, dispatch::Loop& loop, const Connections& connections);

  // Never throws. `is_gone` says now and then whether anyone still waits for it.
  [[nodiscard]] Response respond(const Request& request, const std::function<bool()>& is_gone);
  // Counts a response to what never became a request.
  void note_refusal(int status);
  // Whoever waits is told so, soon.
  void stop() { stopping_ = true; }

 private:
  [[nodiscard]] Response respond(const Route& route, const Call& call);

  const Options& options_;
  dispatch::Loop& loop_;
  const Connections& connections_;
  std::atomic<bool> stopping_ = false;
  Shares shares_;
  Figures figures_;
  const std::function<std::string()> own_metrics_;
};

}  // namespace vow::http
