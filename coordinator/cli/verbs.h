// Every verb adds itself to the command line: its flags, its help with an example, and what it does.
#pragma once

#include <functional>

namespace CLI {  // NOLINT(readability-identifier-naming): the library's own
class App;
}

namespace vow::cli {

struct Context;
struct ServeConfig;
using ServeFunction = std::function<int(const ServeConfig&)>;

void add_serve(CLI::App& app, Context& context, ServeFunction serve);
void add_transactions(CLI::App& app, Context& context);
void add_cluster(CLI::App& app, Context& context);
void add_participants(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_audit(CLI::App& app, Context& context);
void add_config(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);
// Last: it completes what was added before.
void add_completion(CLI::App& app, Context& context);

}  // namespace vow::cli
