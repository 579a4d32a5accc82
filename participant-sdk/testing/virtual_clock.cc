#include "participant-sdk/testing/virtual_clock.h"

#include "coordinator/dispatch/coordinator_loop.h"

namespace vow::testing {

void VirtualClock::advance(std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  jumps_.emplace_back(Machine::now(), time);
  ahead_ms_ += time.count();
}

std::chrono::milliseconds VirtualClock::aged(std::chrono::milliseconds age) const {
  const std::lock_guard lock(mutex_);
  const Machine::time_point since = Machine::now() - age;
  for (const auto& [at, time] : jumps_) {
    if (at >= since) age += time;
  }
  return age;
}

txn::Moment VirtualClock::moment() const {
  txn::Moment now = dispatch::moment_now();
  const auto ahead = static_cast<std::uint64_t>(ahead_ms_);
  now.monotonic_ms += ahead;
  now.wall_ms += ahead;
  return now;
}

}  // namespace vow::testing
