// Runs seeds in processes of their own, several at once: one that aborts or hangs takes no other with it, and
// is reported like any other failure.
#pragma once

#include <chrono>
#include <functional>
#include <vector>

#include "tests/sim/simulation.h"

namespace vow::sim {

struct Job {
  std::uint64_t seed = 0;
  Restrictions restrictions;
};

struct RunnerOptions {
  std::size_t processes = 1;
  std::chrono::seconds seed_limit{60};  // of wall-clock time
};

// In the order in which they end. `ended` answers whether to go on; if not, what runs is stopped.
void run_jobs(const std::vector<Job>& jobs, const RunnerOptions& options,
              const std::function<bool(const RunResult&, const Restrictions&)>& ended);

}  // namespace vow::sim
