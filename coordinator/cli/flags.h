// The flags that many verbs share, and how a verb is chosen.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "coordinator/cli/context.h"

namespace vow::cli {

// A verb, and what it does. `example` is shown by its --help.
CLI::App* add_verb(CLI::App& parent, Context& context, const std::string& name, const std::string& help,
                   const std::string& example, std::function<Exit()> run);
// A verb that only holds others: `vow tx`.
CLI::App* add_group(CLI::App& parent, const std::string& name, const std::string& help);

void add_output_flag(CLI::App& verb, Context& context);
void add_at_flag(CLI::App& verb, Context& context);
void add_reason_flag(CLI::App& verb, Context& context);

}  // namespace vow::cli
