// vow audit
#include <memory>
#include <set>
#include <thread>

#include <Poco/JSON/Array.h>
#include <fmt/ostream.h>

#include "coordinator/cli/audit.h"
#include "coordinator/cli/database_flags.h"
#include "coordinator/cli/flags.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/units.h"
#include "coordinator/cli/verbs.h"

namespace vow::cli {
namespace {

struct AuditFlags {
  DatabaseFlags databases;
  std::string pause = "5s";
  std::size_t rows = 100'000;
};

template <class Branch>
std::vector<preparation> preparations_of(const std::vector<Branch>& branches) {
  std::vector<preparation> all;
  for (const Branch& each : branches) all.push_back(each.which);
  return all;
}

// The databases first: what has moved on meanwhile has then moved towards what the coordinator says.
std::vector<LookedAt> look(const Databases& databases, CellAsked& cell, std::size_t rows_max) {
  std::vector<LookedAt> all;
  std::set<std::string> seen;  // a server lists what is in all of its databases
  for (const auto& each : databases) {
    asking("audit a database", *each, [&] {
      LookedAt one{.database = each->shown(),
                   .prepared = {},
                   .ended = each->ended(rows_max),
                   .leaked_locks = each->leaked_locks(),
                   .of_prepared = {},
                   .of_ended = {}};
      for (PreparedBranch& branch : each->prepared()) {
        if (seen.insert(branch.which.name()).second) one.prepared.push_back(std::move(branch));
      }
      all.push_back(std::move(one));
    });
  }
  for (LookedAt& each : all) {
    each.of_prepared = cell.outcomes(preparations_of(each.prepared));
    each.of_ended = cell.outcomes(preparations_of(each.ended));
  }
  return all;
}

JsonObject as_object(const Fault& fault) {
  JsonObject object = json_object();
  object.set("kind", std::string(name(fault.kind)));
  object.set("code", code_of(fault.kind));
  object.set("database", fault.database);
  object.set("xid", fault.which.xid);
  object.set("branch", fault.which.branch);
  object.set("name", fault.which.xid.empty() ? std::string() : fault.which.name());
  object.set("what", fault.what);
  object.set("todo", fault.todo);
  return object;
}

void print_json(const Context& context, const AuditResult& result, std::uint32_t cell, bool holds) {
  JsonObject looked_at = json_object();
  looked_at.set("databases", result.counts.databases);
  looked_at.set("transactions", result.counts.transactions);
  looked_at.set("prepared", result.counts.prepared);
  looked_at.set("ended", result.counts.ended);
  looked_at.set("at_work", result.counts.at_work);
  looked_at.set("not_known", result.counts.not_known);
  Poco::JSON::Array faults;
  for (const Fault& each : result.faults) faults.add(as_object(each));
  JsonObject all = json_object();
  all.set("holds", holds);
  all.set("cell", cell);
  all.set("looked_at", looked_at);
  all.set("faults", faults);
  context.out << pretty(all) << "\n";
}

void print_text(const Context& context, const AuditResult& result, bool holds) {
  for (const Fault& each : result.faults) {
    const std::string which = each.which.xid.empty() ? std::string() : " " + each.which.name();
    fmt::print(context.out, "FAULT {}{} in {}: {}\n      {} (vow explain {})\n", name(each.kind), which,
               cleaned(each.database), cleaned(each.what), each.todo, code_of(each.kind));
  }
  const AuditCounts& counts = result.counts;
  fmt::print(
      context.out,
      "Looked at: databases {}, transactions {}, prepared branches {} (at work {}), ended branches {}.\n",
      counts.databases, counts.transactions, counts.prepared, counts.at_work, counts.ended);
  if (counts.not_known > 0)
    fmt::print(context.out, "Besides, branches whose outcome nobody remembers: {} (vow explain VOW-2004).\n",
               counts.not_known);
  if (holds) context.out << "The audit holds.\n";
  if (counts.is_nothing() && result.faults.empty())
    context.out
        << "Nothing is prepared, and no record is kept there: no orphan, and nothing else to be shown. "
           "Are these the databases?\n";
  if (!result.faults.empty()) fmt::print(context.out, "Faults: {}.\n", result.faults.size());
}

Exit audit(const Context& context, const AuditFlags& flags) {
  const auto pause = parse_duration_ms(flags.pause);
  if (!pause)
    throw CommandFailed({fmt::format("--pause cannot be '{}'", flags.pause), "--pause",
                         "it must be a duration such as 5s", "", "VOW-4005"});
  const Databases databases = databases_of(context, flags.databases);
  CellAsked cell(coordinators_of(context, flags.databases));
  AuditResult result = judge(look(databases, cell, flags.rows), now_since_1970_ms());
  if (!result.faults.empty()) {
    std::this_thread::sleep_for(std::chrono::milliseconds(*pause));
    AuditResult again = judge(look(databases, cell, flags.rows), now_since_1970_ms());
    again.faults = in_both(result.faults, again.faults);
    result = std::move(again);
  }
  const bool is_whole = !result.counts.is_nothing() && result.counts.not_known == 0;
  const bool holds = result.faults.empty() && is_whole;
  context.as_json() ? print_json(context, result, cell.cell(), holds) : print_text(context, result, holds);
  if (!result.faults.empty()) return Exit::error;
  return holds ? Exit::ok : Exit::degraded;
}

}  // namespace

void add_audit(CLI::App& app, Context& context) {
  const auto flags = std::make_shared<AuditFlags>();
  CLI::App* verb =
      add_verb(app, context, "audit",
               "Holds what participants' databases have against what the coordinator decided (exit 1 if they "
               "disagree, "
               "2 if there was nothing to see)",
               "vow audit --db postgresql://vow@db.example/orders --db sqlite:/var/lib/shop/stock.db",
               [&context, flags] { return audit(context, *flags); });
  add_database_flags(*verb, flags->databases);
  verb->add_option("--pause", flags->pause,
                   "how long to wait before looking again at what seems wrong and may be in flight (5s)")
      ->option_text("DURATION");
  verb->add_option("--rows", flags->rows,
                   "of each database, at most so many records of ended branches (100000)");
  add_output_flag(*verb, context);
}

}  // namespace vow::cli
