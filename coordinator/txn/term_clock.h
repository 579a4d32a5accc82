// The clock by which a leader judges deadlines: it starts no lower than the last stamp in the log and then
// runs with the machine's monotonic clock, so that it never goes back within a term, whatever happens to the
// wall clock, and hardly from one term to the next.
#pragma once

#include <algorithm>
#include <cstdint>

namespace vow::txn {

// One moment, by both clocks of the machine.
struct Moment {
  std::uint64_t monotonic_ms = 0;
  std::uint64_t wall_ms = 0;  // since 1970; may jump
};

class TermClock {
 public:
  // A leader further off its wall clock than this hands over.
  static constexpr std::uint64_t drift_ms_max = 5'000;

  TermClock(Moment now, std::uint64_t last_stamp_ms)
      : started_at_ms_(now.monotonic_ms), start_ms_(std::max(now.wall_ms, last_stamp_ms)) {}

  [[nodiscard]] std::uint64_t now_ms(std::uint64_t monotonic_ms) const {
    return start_ms_ + (monotonic_ms - std::min(monotonic_ms, started_at_ms_));
  }
  [[nodiscard]] bool is_off(Moment now) const {
    const std::uint64_t ours = now_ms(now.monotonic_ms);
    return std::max(ours, now.wall_ms) - std::min(ours, now.wall_ms) > drift_ms_max;
  }

 private:
  std::uint64_t started_at_ms_;
  std::uint64_t start_ms_;
};

}  // namespace vow::txn
