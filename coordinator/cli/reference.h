// The parts of docs/configuration.md and docs/errors.md that are made from the code. A test holds the pages
// against it.
#pragma once

#include <string>

namespace vow::cli {

[[nodiscard]] std::string configuration_reference();
[[nodiscard]] std::string errors_reference();

}  // namespace vow::cli
