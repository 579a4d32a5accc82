#include "coordinator/cli/command_line.h"

#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "coordinator/cli/nearest.h"

namespace vow::cli {
namespace {

const char* const about_vow =
    "Vow: transactions over several databases that commit everywhere or nowhere.\n"
    "Exit status: 0 ok, 1 error, 2 degraded, 3 outcome unknown.";

// "vow tx list", as far as it was understood.
const CLI::App* deepest_of(const CLI::App& app, std::string& name) {
  const CLI::App* deepest = &app;
  name = "vow";
  while (!deepest->get_subcommands().empty()) {
    deepest = deepest->get_subcommands().front();
    name += " " + deepest->get_name();
  }
  return deepest;
}

std::vector<std::string> words_of(const CLI::App& app, bool flags) {
  std::vector<std::string> words;
  if (flags) {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) words.push_back("--" + name);
    }
  } else {
    for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; }))
      words.push_back(verb->get_name());
  }
  return words;
}

Complaint not_understood(const CLI::App& app, const CLI::ParseError& error) {
  std::string name;
  const CLI::App* deepest = deepest_of(app, name);
  const auto left = app.remaining(/*recurse=*/true);
  const std::string help = fmt::format("See `{} --help`.", name);
  if (left.empty()) {
    // Its own words for a missing verb are longer than the list of verbs.
    const auto verbs = words_of(*deepest, false);
    if (!verbs.empty())
      return {"no verb is given", name, "", fmt::format("There are: {}. {}", fmt::join(verbs, ", "), help),
              "VOW-4005"};
    return {error.what(), name, "", help, "VOW-4005"};
  }
  const bool is_flag = left.front().substr(0, 1) == "-";
  const std::string meant =
      nearest(left.front().substr(0, left.front().find('=')), words_of(*deepest, is_flag));
  return {fmt::format("'{}' is not understood", left.front()), name, "",
          meant.empty() ? help : fmt::format("Did you mean {}? {}", meant, help), "VOW-4005"};
}

Exit run_chosen(const Context& context) {
  try {
    return context.chosen();
  } catch (const CommandFailed& failed) {
    context.err << failed.what() << "\n";
    return failed.exit();
  } catch (const NotUnderstood& error) {
    context.err << to_string({"cannot read what the node answered", "", error.what(),
                              "Compare `vow version` here and there.", "VOW-4004"})
                << "\n";
    return Exit::error;
  }
}

}  // namespace

Exit run(std::vector<std::string> arguments, Context& context, const ServeFunction& serve) {
  CLI::App app(about_vow, "vow");
  app.require_subcommand(1);
  app.footer("`vow VERB --help` shows a verb's flags and an example.");
  app.get_formatter()->column_width(34);
  app.set_help_flag("-h,--help", "shows this");
  add_serve(app, context, serve);
  add_transactions(app, context);
  add_cluster(app, context);
  add_participants(app, context);
  add_doctor(app, context);
  add_audit(app, context);
  add_check(app, context);
  add_config(app, context);
  add_explain(app, context);
  add_version(app, context);
  add_completion(app, context);

  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    std::string name;
    const CLI::App* verb = deepest_of(app, name);
    const std::size_t last = name.rfind(' ');
    context.out << verb->help(last == std::string::npos ? "" : name.substr(0, last));
    return Exit::ok;
  } catch (const CLI::ParseError& error) {
    context.err << to_string(not_understood(app, error)) << "\n";
    return Exit::error;
  }
  return run_chosen(context);
}

}  // namespace vow::cli
