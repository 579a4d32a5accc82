// How long a branch that failed is left alone.
#pragma once

#include <cstdint>

#include "coordinator/base/random.h"

namespace vow::dispatch {

struct BackoffOptions {
  std::uint64_t first_ms = 50;
  std::uint64_t cap_ms = 30'000;
};

// Doubles with each failure up to the cap, and is drawn from its upper half, so that what failed together
// does not come back together. Never above the cap, never zero. `failures` is at least 1.
[[nodiscard]] std::uint64_t backoff_ms(const BackoffOptions& options, std::uint32_t failures, Random& random);

}  // namespace vow::dispatch
