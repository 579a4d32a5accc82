#include "coordinator/cli/flags.h"

#include <fmt/format.h>

namespace vow::cli {

CLI::App* add_verb(CLI::App& parent, Context& context, const std::string& name, const std::string& help,
                   const std::string& example, std::function<Exit()> run) {
  CLI::App* verb = parent.add_subcommand(name, help);
  verb->footer("Example:\n  " + example);
  verb->callback([&context, run = std::move(run)] { context.chosen = run; });
  return verb;
}

CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& help) {
  CLI::App* group = parent.add_subcommand(name, help);
  group->require_subcommand(1);
  group->footer("`vow " + name + " VERB --help` shows a verb's flags and an example.");
  return group;
}

void add_output_flag(CLI::App& verb, Context& context) {
  const auto take = [&context](const std::string& format) {
    if (format != "table" && format != "json")
      throw CLI::ValidationError("--output", fmt::format("it must be table or json, not '{}'", format));
    context.format = format == "json" ? Format::json : Format::table;
  };
  verb.add_option_function<std::string>("-o,--output", take, "table or json")->option_text("FORMAT");
}

void add_at_flag(CLI::App& verb, Context& context) {
  verb.add_option("--at", context.at,
                  "HTTP addresses of nodes, tried in turn (else VOW_AT, else 127.0.0.1:7480)")
      ->option_text("HOST:PORT,...");
}

void add_reason_flag(CLI::App& verb, Context& context) {
  verb.add_option("--reason", context.reason, "required: why; recorded with who asked")->option_text("TEXT");
}

}  // namespace vow::cli
