// The planted mistakes (coordinator/base/plant.h) that the exploration must find: those in coordinator/txn,
// one in how a leader begins, and those of the model participants.
#pragma once

#include <span>

namespace vow::explore {

struct Plant {
  const char* name;
  const char* words;
};

// By name.
[[nodiscard]] std::span<const Plant> plants();

}  // namespace vow::explore
