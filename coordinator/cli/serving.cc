// vow serve, vow config print|validate
#include <fstream>
#include <iterator>
#include <memory>

#include <Poco/JSON/Array.h>
#include <fmt/ostream.h>

#include "coordinator/cli/config_keys.h"
#include "coordinator/cli/flags.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/verbs.h"

namespace vow::cli {
namespace {

struct ConfigFlags {
  std::string file;
  bool dev = false;
  std::map<std::string, std::string> values;  // by key
  std::vector<std::string> policies;          // POLICY, or RESOURCE=POLICY
  bool with_origin = false;
};

void add_config_flags(CLI::App& verb, ConfigFlags& flags) {
  verb.add_option("--config", flags.file, "the configuration file (else VOW_CONFIG)")->option_text("FILE");
  verb.add_flag("--dev", flags.dev, "one node that keeps everything in ./.vow-dev");
  for (const Key& key : config_keys()) {
    const std::string fallback = key.fallback.empty() ? "" : fmt::format(" ({})", key.fallback);
    CLI::Option* option = key.name == "delivery.policy"
                              ? verb.add_option(flag_of(key.name), flags.policies)->allow_extra_args(false)
                              : verb.add_option(flag_of(key.name), flags.values[std::string(key.name)]);
    option->description(std::string(key.help) + fallback)->option_text(" ");
    option->group(std::string(key.name.substr(0, key.name.find('.'))));
  }
}

std::vector<Given> flags_given(const CLI::App& verb, const ConfigFlags& flags) {
  std::vector<Given> given;
  for (const auto& [key, value] : flags.values) {
    if (verb.count(flag_of(key)) > 0) given.push_back({key, value, flag_of(key)});
  }
  for (const std::string& policy : flags.policies) {
    const std::size_t equals = policy.rfind('=');
    if (equals == std::string::npos)
      given.push_back({"delivery.policy", policy, "--delivery.policy"});
    else
      given.push_back(
          {"delivery.policy." + policy.substr(0, equals), policy.substr(equals + 1), "--delivery.policy"});
  }
  return given;
}

ParsedFile read_config_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    throw CommandFailed({"cannot read the configuration file", path, "it does not exist or may not be read",
                         "Check --config and VOW_CONFIG.", "VOW-1001"});
  }
  return parse_config_file(std::string(std::istreambuf_iterator<char>(file), {}), path);
}

// Everything but the last complaint is written here; the last one ends the command.
[[noreturn]] void fail(const Context& context, const std::vector<Complaint>& complaints) {
  for (std::size_t i = 0; i + 1 < complaints.size(); ++i) context.err << to_string(complaints[i]) << "\n";
  throw CommandFailed(complaints.back());
}

EffectiveConfig effective_config(const Context& context, const CLI::App& verb, const ConfigFlags& flags) {
  const auto variable = context.environment.find("VOW_CONFIG");
  const std::string path = !flags.file.empty()                     ? flags.file
                           : variable != context.environment.end() ? variable->second
                                                                   : std::string();
  ParsedFile all = path.empty() ? ParsedFile() : read_config_file(path);
  const auto outweigh_with = [&all](const ParsedFile& more) {
    all.given.insert(all.given.end(), more.given.begin(), more.given.end());
    all.complaints.insert(all.complaints.end(), more.complaints.begin(), more.complaints.end());
  };
  if (flags.dev) all.given.insert(all.given.begin(), {"node.data", ".vow-dev", "--dev"});
  outweigh_with(given_by(context.environment));
  outweigh_with({flags_given(verb, flags), {}});

  auto effective = resolve(all.given);
  if (!effective.ok())
    all.complaints.insert(all.complaints.end(), effective.error().begin(), effective.error().end());
  if (!all.complaints.empty()) fail(context, all.complaints);
  effective->config.dev = flags.dev;
  return *effective;
}

Exit serve_with(const Context& context, const CLI::App& verb, const ConfigFlags& flags,
                const ServeFunction& serve) {
  const ServeConfig config = effective_config(context, verb, flags).config;
  if (config.node.data.empty()) {
    throw CommandFailed(
        {"node.data is not set", "", "the node would not know where to keep what it must not forget",
         "Set it to a directory that outlives the process, or try `vow serve --dev`.", "VOW-1005"});
  }
  return static_cast<Exit>(serve(config));
}

Exit print(const Context& context, const CLI::App& verb, const ConfigFlags& flags) {
  Table table(flags.with_origin ? std::vector<std::string>{"KEY", "VALUE", "ORIGIN"}
                                : std::vector<std::string>{"KEY", "VALUE"});
  Poco::JSON::Array list;
  for (const Setting& setting : effective_config(context, verb, flags).settings) {
    JsonObject object = json_object();
    object.set("key", setting.key);
    object.set("value", setting.value);
    object.set("origin", setting.origin);
    list.add(object);
    std::vector<std::string> row{setting.key, setting.value};
    if (flags.with_origin) row.push_back(setting.origin);
    table.row(std::move(row));
  }
  JsonObject all = json_object();
  all.set("settings", list);
  context.out << (context.as_json() ? pretty(all) + "\n" : table.text(context.colour));
  return Exit::ok;
}

Exit validate(const Context& context, const std::string& path) {
  ParsedFile file = read_config_file(path);
  const auto effective = resolve(file.given);
  if (!effective.ok())
    file.complaints.insert(file.complaints.end(), effective.error().begin(), effective.error().end());
  if (!file.complaints.empty()) fail(context, file.complaints);
  fmt::print(context.out, "{}: {} settings, all allowed.\n", path, file.given.size());
  return Exit::ok;
}

}  // namespace

void add_serve(CLI::App& app, Context& context, ServeFunction serve) {
  const auto flags = std::make_shared<ConfigFlags>();
  // The verb is needed to tell which flags were given, and exists only afterwards.
  const auto verb = std::make_shared<CLI::App*>();
  *verb = add_verb(app, context, "serve", "Runs a coordinator node until it is told to end (SIGTERM)",
                   "vow serve --dev\n  vow serve --config /etc/vow/vow.toml --client.threads 4",
                   [&context, flags, verb, serve = std::move(serve)] {
                     return serve_with(context, **verb, *flags, serve);
                   });
  add_config_flags(**verb, *flags);
}

void add_config(CLI::App& app, Context& context) {
  CLI::App* config = add_group(app, "config", "The configuration of `vow serve`");
  const auto flags = std::make_shared<ConfigFlags>();
  const auto verb = std::make_shared<CLI::App*>();
  *verb =
      add_verb(*config, context, "print", "Shows the configuration in force, with the flags that serve takes",
               "vow config print --origin --config vow.toml",
               [&context, flags, verb] { return print(context, **verb, *flags); });
  (*verb)->add_flag("--origin", flags->with_origin, "also where each value comes from");
  add_output_flag(**verb, context);
  add_config_flags(**verb, *flags);

  const auto path = std::make_shared<std::string>();
  CLI::App* validated = add_verb(
      *config, context, "validate", "Checks a configuration file and starts nothing",
      "vow config validate /etc/vow/vow.toml", [&context, path] { return validate(context, *path); });
  validated->add_option("file", *path, "the file")->required()->option_text("FILE");
}

}  // namespace vow::cli
