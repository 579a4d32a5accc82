// `vow` as someone at a terminal sees it.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "coordinator/cli/command_line.h"
#include "coordinator/cli/serve_config.h"

namespace vow::cli {

struct Said {
  Exit exit = Exit::ok;
  std::string out;
  std::string err;
  std::vector<ServeConfig> served;  // with what `serve` was called
};

inline Said vow_says(std::vector<std::string> arguments, const Environment& environment = {},
                     bool colour = false) {
  std::ostringstream out;
  std::ostringstream err;
  Said said;
  Context context{out, err, environment, colour};
  said.exit = run(std::move(arguments), context, [&said](const ServeConfig& config) {
    said.served.push_back(config);
    return 0;
  });
  said.out = out.str();
  said.err = err.str();
  return said;
}

}  // namespace vow::cli
