// Milliseconds that only rise.
#pragma once

#include <cstdint>
#include <ctime>

namespace vow::rpc {

[[nodiscard]] inline std::uint64_t clock_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}
[[nodiscard]] inline std::uint64_t steady_ms() { return clock_ms(CLOCK_MONOTONIC); }
// A few milliseconds behind at times, and several times cheaper. Not to be compared with the other.
[[nodiscard]] inline std::uint64_t coarse_ms() { return clock_ms(CLOCK_MONOTONIC_COARSE); }

}  // namespace vow::rpc
