// The parts of the catalogue that are about the databases of participants.
#pragma once

#include <span>

#include "coordinator/cli/explain.h"

namespace vow::cli {

// VOW-51xx, in ascending order of codes: what they are like.
[[nodiscard]] std::span<const Explanation> database_explanations();
// VOW-52xx, likewise: what is done in them.
[[nodiscard]] std::span<const Explanation> branch_explanations();

}  // namespace vow::cli
