// Three coordinators on this machine.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/demo/process.h"

namespace vow::demo {

class Cluster {
 public:
  static constexpr std::size_t size = 3;

  // Returns once they have a leader.
  explicit Cluster(const std::string& folder);

  void start(std::size_t nth) { nodes_[nth]->start(); }
  void kill(std::size_t nth) { nodes_[nth]->kill(); }
  // Who leads and answers; waits at most ten seconds for it.
  [[nodiscard]] std::size_t leader() const;
  [[nodiscard]] std::optional<std::size_t> leader_now() const;
  // Transactions that are decided and not finished everywhere, and those not decided.
  [[nodiscard]] std::size_t unfinished() const;

  // For clients, and for looking by HTTP.
  [[nodiscard]] std::string addresses() const { return joined(0); }
  [[nodiscard]] std::string http_addresses() const { return joined(2 * size); }

 private:
  [[nodiscard]] std::string joined(std::size_t from) const;

  const std::vector<std::uint16_t> ports_;  // of all for clients, then for peers, then for HTTP
  std::array<std::unique_ptr<Process>, size> nodes_;
};

}  // namespace vow::demo
