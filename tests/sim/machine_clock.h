// The two clocks of one computer. The monotonic one never goes back, but runs a little too fast or too slow;
// the wall clock goes along with true time, but for jumps by people and their programs.
#pragma once

#include <cstdint>

#include "coordinator/txn/term_clock.h"
#include "tests/sim/world.h"

namespace vow::sim {

class MachineClock {
 public:
  // `booted_ms`: what the monotonic clock shows now.
  MachineClock(const World& world, std::uint64_t booted_ms)
      : world_(world), monotonic_us_(booted_ms * 1000) {}

  [[nodiscard]] txn::Moment now() const {
    return {.monotonic_ms = monotonic_us() / 1000,
            .wall_ms = true_ms() + static_cast<std::uint64_t>(wall_ahead_ms_)};
  }

  // In thousandths of a true one.
  void set_speed(std::uint64_t thousandths) {
    monotonic_us_ = monotonic_us() - world_.leapt;
    since_ = world_.clock.now();
    speed_ = thousandths;
  }
  void jump_monotonic(Time by) { monotonic_us_ += by; }
  void set_wall_ahead(std::int64_t ms) { wall_ahead_ms_ = ms; }
  // As from a machine whose clocks are looked after; what was shown stays shown.
  void heal() {
    set_speed(1000);
    set_wall_ahead(0);
  }

 private:
  static constexpr std::uint64_t beginning_ms = 1'700'000'000'000;  // November 2023

  [[nodiscard]] std::uint64_t true_ms() const {
    return beginning_ms + (world_.clock.now() + world_.leapt) / millisecond;
  }
  // `leapt` only grows, for all clocks alike.
  [[nodiscard]] Time monotonic_us() const {
    return monotonic_us_ + (world_.clock.now() - since_) * speed_ / 1000 + world_.leapt;
  }

  const World& world_;
  Time monotonic_us_ = 0;
  Time since_ = 0;
  std::uint64_t speed_ = 1000;
  std::int64_t wall_ahead_ms_ = 0;
};

}  // namespace vow::sim
