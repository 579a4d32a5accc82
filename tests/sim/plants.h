// The planted bugs (coordinator/base/plant.h), each of which some checker must catch.
#pragma once

#include <cstdint>
#include <span>

#include "tests/sim/options.h"

namespace vow::sim {

struct Plant {
  // In which world it shows; or which tests else must catch it, since no run of a whole cell gets there:
  // leftover decisions the exhaustive exploration (tests/explore), reports the delivery's own
  // (tests/dispatch).
  enum class Catcher : std::uint8_t { registers, transactions, others };

  const char* name;
  Catcher catcher;
  const char* words;

  [[nodiscard]] Kind world() const { return catcher == Catcher::registers ? Kind::registers : Kind::cell; }
};

// By name.
[[nodiscard]] std::span<const Plant> plants();

}  // namespace vow::sim
