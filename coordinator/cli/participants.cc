// vow participants
#include <fmt/ostream.h>

#include "coordinator/cli/flags.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/units.h"
#include "coordinator/cli/verbs.h"

namespace vow::cli {
namespace {

void print_resources(const Context& context, const std::vector<Json>& resources) {
  Table table({"RESOURCE", "INSTANCES", "BACKLOG", "FAILING", "OLDEST", "DONE"});
  for (const Json& each : resources) {
    table.row({each.text("resource"), std::to_string(each.number("instances")),
               std::to_string(each.number("backlog")), std::to_string(each.number("failing")),
               about(each.number("oldest_ms")), std::to_string(each.number("done"))});
  }
  context.out << (table.is_empty() ? "No resource is served.\n" : table.text(context.colour));
}

void print_sessions(const Context& context, const std::vector<Json>& sessions) {
  Table table({"SESSION", "PROCESS", "SERVES", "POLLING", "SILENT", "IN FLIGHT", "QUEUED"});
  for (const Json& each : sessions) {
    std::string serves;
    for (const Json& served : each.list("serves"))
      serves += (serves.empty() ? "" : " ") + served.text("resource");
    table.row({std::to_string(each.number("session")), each.text("process"), serves,
               each.truth("polling") ? "yes" : "no", about(each.number("silent_ms")),
               std::to_string(each.number("in_flight")), std::to_string(each.number("queued"))});
  }
  context.out << "\n" << (table.is_empty() ? "No process is connected.\n" : table.text(context.colour));
}

std::string troubles_of(const std::vector<Json>& resources) {
  std::string troubles;
  for (const Json& each : resources) {
    const std::string name = cleaned(each.text("resource"));
    if (each.number("backlog") > 0 && each.number("instances") == 0)
      troubles +=
          fmt::format("{} commands wait for {}, and no process serves it.\n", each.number("backlog"), name);
    if (each.number("failing") > 0)
      troubles +=
          fmt::format("{} commands for {} failed and are repeated: see `vow tx list --resource {}`.\n",
                      each.number("failing"), name, name);
  }
  return troubles;
}

Exit participants(const Context& context) {
  const Client client = context.client();
  const Json resources = client.get_from_leader("cannot show resources", "/v1/resources").json;
  const Json sessions = client.get_from_leader("cannot show sessions", "/v1/sessions").json;
  const std::string troubles = troubles_of(resources.list("resources"));
  if (context.as_json()) {
    JsonObject both = json_object();
    both.set("resources", resources.member("resources"));
    both.set("sessions", sessions.member("sessions"));
    context.out << pretty(both) << "\n";
  } else {
    print_resources(context, resources.list("resources"));
    print_sessions(context, sessions.list("sessions"));
    context.out << troubles;
  }
  return troubles.empty() ? Exit::ok : Exit::degraded;
}

}  // namespace

void add_participants(CLI::App& app, Context& context) {
  CLI::App* verb =
      add_verb(app, context, "participants",
               "Resources with their backlog, and the processes that serve them (exit 2 if one lags)",
               "vow participants -o json", [&context] { return participants(context); });
  add_output_flag(*verb, context);
  add_at_flag(*verb, context);
}

}  // namespace vow::cli
