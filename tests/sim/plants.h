// The planted bugs (coordinator/base/plant.h), each of which some checker must catch.
#pragma once

#include <span>

namespace vow::sim {

struct Plant {
  const char* name;
  const char* words;
};

// By name.
[[nodiscard]] std::span<const Plant> plants();

}  // namespace vow::sim
