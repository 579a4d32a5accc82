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
  // A leader whose wall clock has moved further away than this, since its term began, hands over. How far
  // ahead of the wall the term had to begin does not count: the next one would have to begin there too, and
  // so for ever.
  static constexpr std::uint64_t drift_ms_max = 5'000;

  TermClock(Moment now, std::uint64_t last_stamp_ms)
      : started_at_ms_(now.monotonic_ms),
        start_ms_(std::max(now.wall_ms, last_stamp_ms)),
        ahead_ms_(start_ms_ - now.wall_ms) {}

  [[nodiscard]] std::uint64_t now_ms(std::uint64_t monotonic_ms) const {
    return start_ms_ + (monotonic_ms - std::min(monotonic_ms, started_at_ms_));
  }
  [[nodiscard]] bool is_off(Moment now) const {
    const std::uint64_t ours = now_ms(now.monotonic_ms);
    const std::uint64_t expected = now.wall_ms + ahead_ms_;
    return std::max(ours, expected) - std::min(ours, expected) > drift_ms_max;
  }

 private:
  std::uint64_t started_at_ms_;
  std::uint64_t start_ms_;
  std::uint64_t ahead_ms_;  // of the wall clock, at the start
};

}  // namespace vow::txn
