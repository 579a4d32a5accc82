// The whole command line: understands it, runs the verb, and says what went wrong.
#pragma once

#include <string>
#include <vector>

#include "coordinator/cli/context.h"
#include "coordinator/cli/verbs.h"

namespace vow::cli {

// `arguments` without the program's name.
[[nodiscard]] Exit run(std::vector<std::string> arguments, Context& context, const ServeFunction& serve);

}  // namespace vow::cli
