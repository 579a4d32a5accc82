// The time of a cluster: the machine's, and what a test lets pass at once.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <utility>
#include <vector>

#include "coordinator/txn/term_clock.h"

namespace vow::testing {

// Thread-safe.
class VirtualClock {
 public:
  void advance(std::chrono::milliseconds time);

  // Of the machine's clocks.
  [[nodiscard]] std::chrono::milliseconds ahead() const { return std::chrono::milliseconds(ahead_ms_); }
  // What lasted so long until now by the machine's clock, by this one.
  [[nodiscard]] std::chrono::milliseconds aged(std::chrono::milliseconds age) const;
  // Now, for a coordinator.
  [[nodiscard]] txn::Moment moment() const;

 private:
  using Machine = std::chrono::steady_clock;

  std::atomic<std::int64_t> ahead_ms_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::vector<std::pair<Machine::time_point, std::chrono::milliseconds>> jumps_;
};

}  // namespace vow::testing
