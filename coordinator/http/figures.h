// Figures for monitoring, in Prometheus' text format. Labels have few values: never a transaction's id.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/dispatch/requests.h"
#include "coordinator/http/connections.h"
#include "coordinator/http/shares.h"

namespace vow::http {

// What the coordinator measures.
[[nodiscard]] std::string metrics_text(const std::vector<dispatch::Metric>& metrics);

// What the server measures of itself. Thread-safe.
class Figures {
 public:
  Figures();
  ~Figures();
  // `route` is a pattern of the table, never a path.
  void answered(std::string_view method, std::string_view route, int status, double seconds);
  [[nodiscard]] std::string text(const Connections::Counts& connections, const Shares& shares) const;

 private:
  struct Families;
  std::unique_ptr<Families> families_;
};

}  // namespace vow::http
