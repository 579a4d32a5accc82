#include "coordinator/cli/listing_orphans.h"

#include <algorithm>
#include <limits>
#include <optional>

#include <Poco/JSON/Array.h>
#include <fmt/ostream.h>

#include "coordinator/cli/orphans.h"
#include "coordinator/cli/table.h"
#include "coordinator/cli/units.h"

namespace vow::cli {
namespace {

std::uint32_t cell_of(const std::string& text) {
  const auto number = parse_count(text);
  if (number && *number > 0 && *number <= std::numeric_limits<std::uint32_t>::max())
    return static_cast<std::uint32_t>(*number);
  throw CommandFailed({fmt::format("'{}' is no cell", text), "--cell", "it must be a whole number",
                       "`vow doctor --orphans` shows the cell of each.", "VOW-4005"});
}

// None if there is none. To list, one that does not answer is as none; to roll back, that must be said.
std::optional<CellAsked> cell_to_ask(const Context& context, const DatabaseFlags& flags, bool ending) {
  if (flags.coordinator == "none") return std::nullopt;
  const std::vector<Endpoint> at = coordinators_of(context, flags);
  try {
    return CellAsked(at);
  } catch (const CommandFailed& failed) {
    if (!ending) {
      context.err << failed.what() << "\n";
      return std::nullopt;
    }
    Complaint complaint = failed.complaint();
    complaint.todo =
        "Name a coordinator that runs: the cell whose branches are to be rolled back may be alive. If there "
        "is "
        "none any more, say so: --coordinator none.";
    throw CommandFailed(complaint);
  }
}

JsonObject as_object(const Orphan& orphan) {
  JsonObject object = json_object();
  object.set("database", orphan.in->shown());
  object.set("name", orphan.branch.which.name());
  object.set("xid", orphan.branch.which.xid);
  object.set("branch", orphan.branch.which.branch);
  object.set("cell", orphan.cell);
  object.set("kept_as", orphan.branch.kept_as);
  if (orphan.branch.age)
    object.set("age_ms", static_cast<std::uint64_t>(orphan.branch.age->count()));
  else
    object.set("age_ms", Poco::Dynamic::Var());
  object.set("outcome", orphan.outcome ? std::string(name(*orphan.outcome)) : std::string());
  object.set("left_behind", orphan.is_left_behind);
  object.set("rolled_back", orphan.was_ended);
  object.set("standing", standing_of(orphan));
  return object;
}

void print_json(const Context& context, const std::vector<Orphan>& all, const CellAsked* cell) {
  Poco::JSON::Array list;
  for (const Orphan& each : all) list.add(as_object(each));
  JsonObject object = json_object();
  if (cell != nullptr)
    object.set("cell", cell->cell());
  else
    object.set("cell", Poco::Dynamic::Var());
  object.set("prepared", list);
  context.out << pretty(object) << "\n";
}

void print_text(const Context& context, const std::vector<Orphan>& all, const CellAsked* cell,
                std::uint64_t now_ms) {
  if (cell != nullptr) fmt::print(context.out, "Cell {} answers.\n", cell->cell());
  Table table({"NAME", "CELL", "AGE", "KEPT AS", "STANDING", "DATABASE"});
  for (const Orphan& each : all)
    table.row({each.branch.which.name(), std::to_string(each.cell), age_of(each.branch, now_ms),
               each.branch.kept_as, standing_of(each), each.in->shown()});
  context.out << (table.is_empty() ? "Nothing is prepared under a name of Vow's.\n"
                                   : table.text(context.colour));
}

Exit exit_of_ending(const std::vector<Orphan>& all, std::uint32_t dead) {
  const bool all_ended = std::all_of(all.begin(), all.end(),
                                     [&](const Orphan& each) { return each.cell != dead || each.was_ended; });
  return all_ended ? Exit::ok : Exit::error;
}

}  // namespace

Exit list_orphans(const Context& context, const DatabaseFlags& flags, const std::string& cell) {
  const bool ending = !cell.empty();
  const std::uint32_t dead = ending ? cell_of(cell) : 0;
  if (ending) (void)context.word("roll back what a cell has left");
  const Databases databases = databases_of(context, flags);
  std::optional<CellAsked> asked = cell_to_ask(context, flags, ending);
  CellAsked* const known = asked ? &*asked : nullptr;

  const std::uint64_t now_ms = now_since_1970_ms();
  std::vector<Orphan> all = find_orphans(databases, known, now_ms);
  if (ending) end_orphans_of(dead, known, all, now_ms);
  context.as_json() ? print_json(context, all, known) : print_text(context, all, known, now_ms);
  if (ending) {
    fmt::print(context.err, "vow: rolled back what cell {} had left, as {} asked: {}\n", dead, who_am_i(),
               context.reason);
    return exit_of_ending(all, dead);
  }
  const bool is_any_left =
      std::any_of(all.begin(), all.end(), [](const Orphan& each) { return each.is_left_behind; });
  const bool is_sure = known != nullptr || all.empty() || flags.coordinator == "none";
  return is_any_left || !is_sure ? Exit::degraded : Exit::ok;
}

}  // namespace vow::cli
