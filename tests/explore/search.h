// All worlds of a scope, breadth first, so that what breaks a law is found by a shortest way.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/explore/scope.h"
#include "tests/explore/world.h"

namespace vow::explore {

struct Finding {
  std::string law;                 // what is broken
  std::vector<std::string> steps;  // a shortest way there
};

struct Explored {
  std::string scope;
  std::uint64_t states = 0;
  std::uint64_t steps = 0;     // taken, from all of them
  std::uint64_t memories = 0;  // distinct states of the product's code
  std::uint32_t depth = 0;     // the longest of the shortest ways
  std::uint64_t healed = 0;    // runs without faults, to see that everything ends
  bool complete = false;
  double seconds = 0;
  std::optional<Finding> finding;
  std::array<std::uint64_t, step_kinds> steps_of_kind{};  // that changed something
  std::array<std::uint64_t, 16> verdicts{};
};

struct SearchOptions {
  std::uint64_t states_max = 60'000'000;  // beyond it the exploration is given up, and is not complete
  std::function<void(std::uint64_t states, std::uint32_t depth)> progress;
};

[[nodiscard]] Explored explore(const Scope& scope, const SearchOptions& options);

}  // namespace vow::explore
