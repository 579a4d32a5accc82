#include "coordinator/cli/orphans.h"

#include <set>

#include <fmt/format.h>

#include "coordinator/cli/table.h"
#include "coordinator/txn/xid.h"

namespace vow::cli {
namespace {

constexpr std::uint64_t patience_ms = 60'000;

// Final, for longer than phase two and recovery take; or nobody here will end it.
bool is_left_behind(const Orphan& orphan, std::uint64_t now_ms) {
  if (!orphan.outcome) return false;
  const bool is_past = orphan.deadline_ms + patience_ms < now_ms;
  if (*orphan.outcome == Outcome::committed || *orphan.outcome == Outcome::rolled_back) {
    const auto& age = orphan.branch.age;
    return age ? static_cast<std::uint64_t>(age->count()) > patience_ms : is_past;
  }
  return *orphan.outcome != Outcome::open && is_past;
}

}  // namespace

std::vector<Orphan> find_orphans(const Databases& in, CellAsked* cell, std::uint64_t now_ms) {
  std::vector<Orphan> all;
  std::set<std::string> seen;  // a server lists what is in all of its databases
  for (const auto& database : in) {
    for (PreparedBranch& each :
         asking("list what is prepared", *database, [&] { return database->prepared(); })) {
      const auto xid = txn::parse_xid(each.which.xid);
      if (!xid || !seen.insert(each.which.name()).second) continue;
      all.push_back({.in = database.get(),
                     .branch = std::move(each),
                     .cell = xid->cell,
                     .deadline_ms = xid->deadline_ms()});
    }
  }
  if (cell == nullptr || all.empty()) return all;
  std::vector<preparation> asked;
  for (const Orphan& each : all) asked.push_back(each.branch.which);
  const std::vector<Outcome> outcomes = cell->outcomes(asked);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].outcome = outcomes[i];
    all[i].is_left_behind = is_left_behind(all[i], now_ms);
  }
  return all;
}

std::string standing_of(const Orphan& orphan) {
  if (!orphan.done.empty()) return orphan.done;
  if (!orphan.outcome) return "nobody was asked";
  const std::string of_cell = fmt::format("of another cell, {}", orphan.cell);
  switch (*orphan.outcome) {
    case Outcome::open:
      return "at work: not decided yet";
    case Outcome::not_ours:
      return orphan.is_left_behind ? of_cell + ": left behind" : of_cell;
    case Outcome::not_known:
      return "nobody remembers its outcome (VOW-2004)";
    default:
      return fmt::format("{}: {}", name(*orphan.outcome),
                         orphan.is_left_behind ? "left behind" : "being ended");
  }
}

void end_orphans_of(std::uint32_t dead, const CellAsked* cell, std::vector<Orphan>& all,
                    std::uint64_t now_ms) {
  if (cell != nullptr && cell->cell() == dead) {
    throw CommandFailed({fmt::format("cannot roll back what cell {} has left", dead), "--cell",
                         "that cell answers: it decides what becomes of its transactions",
                         "Let a process serve the resource: it ends them. `vow participants` shows who does.",
                         "VOW-4006"});
  }
  for (Orphan& each : all) {
    if (each.cell != dead) continue;
    if (each.branch.is_record) {
      each.done = "left: its program alone can undo it (" + each.branch.kept_as + ")";
    } else if (each.deadline_ms >= now_ms) {
      each.done = "left: its transaction's deadline is not past";
    } else {
      try {
        each.in->roll_back(each.branch.which);
        each.done = "rolled back";
        each.was_ended = true;
      } catch (const std::exception& why) {
        each.done = "not rolled back: " + words_of(why);
      }
    }
  }
}

}  // namespace vow::cli
