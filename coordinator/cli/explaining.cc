// vow explain, vow version
#include <memory>

#include <fmt/ostream.h>

#include "coordinator/cli/explain.h"
#include "coordinator/cli/flags.h"
#include "coordinator/cli/nearest.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/verbs.h"
#include "coordinator/raft/options.h"

namespace vow::cli {
namespace {

JsonObject as_object(const Explanation& entry) {
  JsonObject object = json_object();
  object.set("code", std::string(entry.code));
  object.set("name", std::string(entry.name));
  object.set("meaning", std::string(entry.meaning));
  object.set("why", std::string(entry.why));
  object.set("todo", std::string(entry.todo));
  return object;
}

const Explanation& wanted(const std::string& code) {
  if (const Explanation* entry = find_explanation(code)) return *entry;
  std::vector<std::string> codes;
  for (const Explanation& each : explanations()) {
    codes.emplace_back(each.code);
    codes.emplace_back(each.name);
  }
  throw CommandFailed({fmt::format("there is no code '{}'", code), "", "",
                       fmt::format("Did you mean {}? `vow explain` lists them all.", nearest(code, codes)),
                       "VOW-4005"});
}

Exit explain_all(const Context& context) {
  Table table({"CODE", "NAME", "MEANING"});
  Poco::JSON::Array list;
  for (const Explanation& each : explanations()) {
    table.row({std::string(each.code), std::string(each.name), std::string(each.meaning)});
    list.add(as_object(each));
  }
  JsonObject all = json_object();
  all.set("codes", list);
  context.out << (context.as_json() ? pretty(all) + "\n" : table.text(context.colour));
  return Exit::ok;
}

Exit explain(const Context& context, const std::string& code) {
  if (code.empty()) return explain_all(context);
  const Explanation& entry = wanted(code);
  if (context.as_json()) {
    context.out << pretty(as_object(entry)) << "\n";
  } else {
    fmt::print(context.out, "{} {}\n{}\n\nWhy: {}\n\nWhat to do: {}\n", entry.code, entry.name, entry.meaning,
               entry.why, entry.todo);
  }
  return Exit::ok;
}

Exit version(const Context& context) {
  const std::uint32_t records = raft::Options().version;
  if (context.as_json()) {
    JsonObject object = json_object();
    object.set("version", VOW_VERSION);
    object.set("records", records);
    context.out << pretty(object) << "\n";
  } else {
    fmt::print(context.out, "vow {}, records of version {}\n", VOW_VERSION, records);
  }
  return Exit::ok;
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  const auto code = std::make_shared<std::string>();
  CLI::App* verb =
      add_verb(app, context, "explain", "Explains a code that stands in a message; all, without one",
               "vow explain VOW-2103", [&context, code] { return explain(context, *code); });
  verb->add_option("code", *code, "a code, or a reason's name")->option_text("CODE");
  add_output_flag(*verb, context);
}

void add_version(CLI::App& app, Context& context) {
  CLI::App* verb = add_verb(app, context, "version", "Shows this program's version", "vow version -o json",
                            [&context] { return version(context); });
  add_output_flag(*verb, context);
}

}  // namespace vow::cli
