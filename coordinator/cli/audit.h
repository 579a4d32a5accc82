// What the coordinator decided, held against what participants' databases have. Pure: who looks, and when, is
// auditing.cc's business.
//
//   found in a database                               the coordinator says        so
//   prepared                                          open                        at work: no fault
//   prepared, and still so at the second look         committed, rolled back      orphan; half-done, if
//   another
//                                                                                 branch of it is committed
//   prepared, past its deadline                       not this cell's             orphan: its cell is not
//   known a row committed                                   open, rolled back           effects disagree a
//   row cancelled                                   committed                   effects disagree a lock of
//   ours, and nothing prepared              -                           leaked lock
//
// A transaction in flight moves on while it is looked at, so only what is a fault at two looks is one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/cli/outcomes.h"
#include "coordinator/cli/participant_database.h"

namespace vow::cli {

// One look at one database, and what was said of what is there, after it.
struct LookedAt {
  std::string database;
  std::vector<PreparedBranch> prepared;
  std::vector<EndedBranch> ended;
  std::vector<std::string> leaked_locks;
  std::vector<Outcome> of_prepared;  // as many as `prepared`
  std::vector<Outcome> of_ended;     // as many as `ended`
};

struct Fault {
  enum class Kind : std::uint8_t { orphan, half_done, leaked_lock, disagreement };
  Kind kind = Kind::orphan;
  std::string database;
  preparation which;  // of a leaked lock: none
  std::string what;
  std::string todo;

  // Whatever it is called at another look.
  [[nodiscard]] bool is_about_the_same(const Fault& other) const {
    return database == other.database && which == other.which &&
           (kind == Kind::leaked_lock) == (other.kind == Kind::leaked_lock);
  }
};
[[nodiscard]] const char* name(Fault::Kind kind);
[[nodiscard]] std::string code_of(Fault::Kind kind);

struct AuditCounts {
  std::uint64_t databases = 0;
  std::uint64_t transactions = 0;  // distinct ones of those below
  std::uint64_t prepared = 0;
  std::uint64_t ended = 0;      // rows that were held against their outcome
  std::uint64_t at_work = 0;    // of the prepared ones
  std::uint64_t not_known = 0;  // nobody remembers, or nobody could say

  [[nodiscard]] bool is_nothing() const { return prepared + ended == 0; }
};

struct AuditResult {
  std::vector<Fault> faults;
  AuditCounts counts;
};

[[nodiscard]] AuditResult judge(const std::vector<LookedAt>& all, std::uint64_t now_ms);
// Those of the second look that the first one had too.
[[nodiscard]] std::vector<Fault> in_both(const std::vector<Fault>& first, const std::vector<Fault>& second);

}  // namespace vow::cli
