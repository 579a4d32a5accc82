// How often run() runs its body again after a certain rollback, and how long it waits in between.
#pragma once

#include <chrono>
#include <cstdint>

namespace vow {

struct retry {
  std::uint32_t attempts = 5;  // in all
  std::chrono::milliseconds first_wait{20};
  std::chrono::milliseconds longest_wait{2'000};

  // The body runs once.
  [[nodiscard]] static constexpr retry never() { return {.attempts = 1}; }
  // Each wait is twice as long as the one before; a random part of it, half at least, is waited.
  [[nodiscard]] static constexpr retry exponential(
      std::uint32_t attempts, std::chrono::milliseconds first_wait = std::chrono::milliseconds(20),
      std::chrono::milliseconds longest_wait = std::chrono::milliseconds(2'000)) {
    return {attempts, first_wait, longest_wait};
  }
};

}  // namespace vow
