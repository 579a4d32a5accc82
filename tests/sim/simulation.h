// One seed's run: first a phase of safety, in which everything drawn goes wrong, then one of liveness, in
// which nothing does, and all must be finished within a bound.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "tests/sim/counters.h"
#include "tests/sim/options.h"
#include "tests/sim/sometimes.h"

namespace vow::sim {

struct RunResult {
  std::uint64_t seed = 0;
  bool failed = false;
  std::string check;  // the promise that was broken, in words
  std::string what;   // and how
  std::uint64_t trace_hash = 0;
  Counters counters;
  Sometimes::Counts rare{};
};

// `trace_out`: where the readable trace goes, if anywhere. Failed checks of the product must throw (check.h).
[[nodiscard]] RunResult run_seed(std::uint64_t seed, const Restrictions& restrictions = {},
                                 std::FILE* trace_out = nullptr);

}  // namespace vow::sim
