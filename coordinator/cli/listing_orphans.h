// vow doctor --orphans
#pragma once

#include <string>

#include "coordinator/cli/database_flags.h"

namespace vow::cli {

// `cell`: what that cell has left is rolled back; empty: nothing is changed.
[[nodiscard]] Exit list_orphans(const Context& context, const DatabaseFlags& flags, const std::string& cell);

}  // namespace vow::cli
