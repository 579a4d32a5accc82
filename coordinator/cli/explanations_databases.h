// The part of the catalogue that is about the databases of participants.
#pragma once

#include <span>

#include "coordinator/cli/explain.h"

namespace vow::cli {

// VOW-51xx and VOW-52xx, in ascending order of codes.
[[nodiscard]] std::span<const Explanation> database_explanations();

}  // namespace vow::cli
