// What is prepared under names of ours in participants' databases, whose it is, and the end of what a dead
// cell has left.
//
// A branch is this cell's if its xid says so. Then the cell's own participants end it, sooner or later, and
// this command does not touch it. What another cell has left is touched only if somebody names that cell, and
// says why: it may be alive elsewhere, and have decided to commit.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/cli/database_flags.h"
#include "coordinator/cli/outcomes.h"

namespace vow::cli {

struct Orphan {
  ParticipantDatabase* in = nullptr;
  PreparedBranch branch;
  std::uint32_t cell = 0;            // that began its transaction
  std::uint64_t deadline_ms = 0;     // of that
  std::optional<Outcome> outcome{};  // if somebody could be asked
  // Nobody has ended it for a minute past its outcome, or its cell is another one and its deadline past.
  bool is_left_behind = false;
  // What was done about it, if anything was tried.
  std::string done{};
  bool was_ended = false;
};

// All that is prepared, each preparation once. `cell`: null if there is nobody to ask.
[[nodiscard]] std::vector<Orphan> find_orphans(const Databases& in, CellAsked* cell, std::uint64_t now_ms);
// In words, for the one who reads the list.
[[nodiscard]] std::string standing_of(const Orphan& orphan);

// Rolls back those of that cell: prepared transactions whose deadline is past. Says of each what was done.
// `cell` is who answers; null: somebody says that there is none. Throws CommandFailed if it is that cell.
void end_orphans_of(std::uint32_t dead, const CellAsked* cell, std::vector<Orphan>& all,
                    std::uint64_t now_ms);

}  // namespace vow::cli
