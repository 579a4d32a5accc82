// The program `vow`.
#include <iostream>

#include <unistd.h>

#include "coordinator/cli/command_line.h"
#include "coordinator/cli/serve.h"

namespace {

vow::cli::Environment environment_of_process() {
  vow::cli::Environment environment;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string text = *each;
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) environment[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return environment;
}

}  // namespace

int main(int argc, char** argv) {
  vow::cli::Context context{std::cout, std::cerr, environment_of_process()};
  const auto no_color = context.environment.find("NO_COLOR");
  context.colour =
      ::isatty(STDOUT_FILENO) == 1 && (no_color == context.environment.end() || no_color->second.empty());
  return static_cast<int>(vow::cli::run({argv + 1, argv + argc}, context, vow::cli::serve));
}
