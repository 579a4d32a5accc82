// From a seed that fails to a shorter run that fails: with fewer kinds of faults and fewer nodes, and with
// whichever seed then fails first.
#pragma once

#include <chrono>

#include "tests/sim/runner.h"

namespace vow::sim {

struct Failing {
  Job job;
  RunResult result;
};

[[nodiscard]] Failing shrink(Failing found, const RunnerOptions& options, std::chrono::seconds limit);

}  // namespace vow::sim
