// What `vow doctor` looks at, check by check: what is well is shown too, so that a short list cannot be
// mistaken for a check that did not happen.
#pragma once

#include <string>
#include <vector>

#include "coordinator/cli/database_url.h"

#include "vow/doctor.h"

namespace vow::cli {

struct Check {
  std::string code;
  std::string about;             // "max_prepared_transactions"
  std::vector<finding> found{};  // none: it is well
};

// All checks of that kind of database in the order of their codes, with what was found.
[[nodiscard]] std::vector<Check> checklist(DatabaseUrl::Kind kind, const std::vector<finding>& found);

}  // namespace vow::cli
