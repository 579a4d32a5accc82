#include "coordinator/cli/reference.h"

#include <fmt/format.h>

#include "coordinator/cli/config_keys.h"
#include "coordinator/cli/explain.h"

namespace vow::cli {

std::string configuration_reference() {
  std::string page;
  std::string_view section;
  for (const Key& key : config_keys()) {
    const std::string_view own = key.name.substr(0, key.name.find('.'));
    if (own != section) {
      section = own;
      page += fmt::format("\n### {}\n\n| key | default | what may be given | meaning |\n|---|---|---|---|\n",
                          own);
    }
    const std::string fallback = key.fallback.empty() ? "" : fmt::format("`{}`", key.fallback);
    page += fmt::format("| `{}` | {} | {} | {} |\n", key.name, fallback, allowed(key), key.help);
  }
  return page;
}

std::string errors_reference() {
  std::string page;
  std::string_view chapter;
  for (const Explanation& each : explanations()) {
    if (each.chapter != chapter) {
      chapter = each.chapter;
      page += fmt::format("\n## {}\n", chapter);
    }
    page += fmt::format("\n### {} {}\n\n{}\n\n**Why.** {}\n\n**What to do.** {}\n", each.code, each.name,
                        each.meaning, each.why, each.todo);
  }
  return page;
}

}  // namespace vow::cli
