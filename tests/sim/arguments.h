// What vow_sim is asked to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "coordinator/base/result.h"
#include "tests/sim/options.h"

namespace vow::sim {

struct Arguments {
  bool help = false;
  bool list_plants = false;
  bool rare = false;
  std::uint64_t seeds = 200;
  std::optional<std::uint64_t> first_seed;  // none: a fresh one
  std::optional<std::uint64_t> seed;        // this one alone, with its trace
  std::size_t jobs = 1;
  std::string json;   // a file for the report, besides stdout
  std::string plant;  // a planted bug to switch on
  bool shrink = true;
  Restrictions restrictions;
};

extern const char* const usage;

// The reason if they make no sense.
[[nodiscard]] Result<Arguments, std::string> parse(int argc, const char* const* argv);

}  // namespace vow::sim
