// vow completion bash|zsh
#include <memory>

#include <fmt/ostream.h>

#include "coordinator/cli/flags.h"
#include "coordinator/cli/verbs.h"

namespace vow::cli {
namespace {

// One line of a `case` for each verb: what may follow it.
void add_cases(const CLI::App& app, const std::string& path, std::string& cases) {
  std::string words;
  std::string deeper;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    words += verb->get_name() + " ";
    add_cases(*verb, path.empty() ? verb->get_name() : path + " " + verb->get_name(), deeper);
  }
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  }
  words.pop_back();
  cases += fmt::format("    '{}') words='{}' ;;\n{}", path, words, deeper);
}

// The path is made of the words before the cursor up to the first flag.
std::string script_for_bash(const CLI::App& app) {
  std::string cases;
  add_cases(app, "", cases);
  return "_vow() {\n"
         "  local words='' path='' word\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case $word in -*) break ;; esac\n"
         "    path+=\"${path:+ }$word\"\n"
         "  done\n"
         "  case $path in\n" +
         cases +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")\n"
         "}\n"
         "complete -o default -F _vow vow\n";
}

// zsh reads bash's completions; only mapfile is not there.
std::string script_for_zsh(const CLI::App& app) {
  std::string script = script_for_bash(app);
  const std::string for_bash =
      "mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\")";
  script.replace(script.find(for_bash), for_bash.size(),
                 "COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))");
  return "#compdef vow\nautoload -U +X bashcompinit && bashcompinit\n" + script;
}

}  // namespace

void add_completion(CLI::App& app, Context& context) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* verb = add_verb(app, context, "completion", "Prints a script that completes vow's words",
                            "source <(vow completion bash)", [&app, &context, shell] {
                              context.out << (*shell == "zsh" ? script_for_zsh(app) : script_for_bash(app));
                              return Exit::ok;
                            });
  verb->add_option("shell", *shell, "bash or zsh")
      ->required()
      ->check([](const std::string& name) {
        return name == "bash" || name == "zsh" ? std::string()
                                               : fmt::format("it must be bash or zsh, not '{}'", name);
      })
      ->option_text("SHELL");
}

}  // namespace vow::cli
