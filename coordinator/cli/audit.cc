#include "coordinator/cli/audit.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "coordinator/base/check.h"
#include "coordinator/txn/xid.h"

namespace vow::cli {
namespace {

// Of databases' clocks, against this machine's.
constexpr std::uint64_t clock_slack_ms = 60'000;

using CommittedElsewhere = std::set<std::string>;  // xids with a branch that is on record as committed

std::optional<Fault> fault_of_prepared(const LookedAt& in, const PreparedBranch& branch, Outcome outcome,
                                       const CommittedElsewhere& committed, std::uint64_t now_ms) {
  const auto xid = txn::parse_xid(branch.which.xid);
  Fault fault{
      .kind = Fault::Kind::orphan, .database = in.database, .which = branch.which, .what = {}, .todo = {}};
  const bool is_past = xid && xid->deadline_ms() + clock_slack_ms < now_ms;
  if (outcome == Outcome::not_ours && is_past) {
    fault.what = fmt::format("prepared by cell {}, which is not the one that was asked", xid->cell);
    fault.todo =
        "ask that cell with --coordinator; if it is gone for ever, see `vow doctor --orphans --cell`";
    return fault;
  }
  if (outcome != Outcome::committed && outcome != Outcome::rolled_back) return std::nullopt;
  fault.what = fmt::format("its transaction is {}, and it is still prepared", name(outcome));
  fault.todo =
      "let a process serve this database's resource, which ends it; `vow participants` shows who does";
  if (outcome == Outcome::committed && committed.contains(branch.which.xid)) {
    fault.kind = Fault::Kind::half_done;
    fault.what += ", while another branch is committed";
  }
  return fault;
}

std::optional<Fault> fault_of_ended(const LookedAt& in, const EndedBranch& branch, Outcome outcome) {
  // Work that was all of its transaction was committed without the coordinator, which knows nothing of it.
  const bool is_alone = branch.kept_as == "alone";
  const bool committed_too_much =
      branch.committed && !is_alone && (outcome == Outcome::rolled_back || outcome == Outcome::open);
  const bool cancelled_too_much = !branch.committed && outcome == Outcome::committed;
  if (!committed_too_much && !cancelled_too_much) return std::nullopt;
  return Fault{.kind = Fault::Kind::disagreement,
               .database = in.database,
               .which = branch.which,
               .what = fmt::format("it is {} here, and its transaction is {}",
                                   branch.committed ? "committed" : "cancelled", name(outcome)),
               .todo =
                   "find out who ended it by hand, or restored the database; mend its rows to what "
                   "`vow tx show` says"};
}

CommittedElsewhere committed_in(const std::vector<LookedAt>& all) {
  CommittedElsewhere xids;
  for (const LookedAt& in : all) {
    for (const EndedBranch& each : in.ended) {
      if (each.committed) xids.insert(each.which.xid);
    }
  }
  return xids;
}

}  // namespace

const char* name(Fault::Kind kind) {
  switch (kind) {
    case Fault::Kind::orphan:
      return "orphan";
    case Fault::Kind::half_done:
      return "half_done";
    case Fault::Kind::leaked_lock:
      return "leaked_lock";
    case Fault::Kind::disagreement:
      return "disagreement";
  }
  return "orphan";
}

std::string code_of(Fault::Kind kind) { return fmt::format("VOW-40{:02}", 10 + static_cast<int>(kind)); }

AuditResult judge(const std::vector<LookedAt>& all, std::uint64_t now_ms) {
  AuditResult result;
  const CommittedElsewhere committed = committed_in(all);
  std::set<std::string> xids;
  const auto note = [&](std::optional<Fault> fault) {
    if (fault) result.faults.push_back(*std::move(fault));
  };
  for (const LookedAt& in : all) {
    VOW_CHECK(in.of_prepared.size() == in.prepared.size() && in.of_ended.size() == in.ended.size(),
              "{}: a branch has no outcome", in.database);
    ++result.counts.databases;
    for (std::size_t i = 0; i < in.prepared.size(); ++i) {
      const Outcome outcome = in.of_prepared[i];
      xids.insert(in.prepared[i].which.xid);
      ++result.counts.prepared;
      result.counts.at_work += outcome == Outcome::open ? 1 : 0;
      result.counts.not_known += outcome == Outcome::not_known ? 1 : 0;
      note(fault_of_prepared(in, in.prepared[i], outcome, committed, now_ms));
    }
    for (std::size_t i = 0; i < in.ended.size(); ++i) {
      const Outcome outcome = in.of_ended[i];
      if (outcome == Outcome::not_ours) continue;  // another cell's to hold against
      xids.insert(in.ended[i].which.xid);
      result.counts.ended += outcome == Outcome::not_known ? 0 : 1;
      result.counts.not_known += outcome == Outcome::not_known ? 1 : 0;
      note(fault_of_ended(in, in.ended[i], outcome));
    }
    for (const std::string& lock : in.leaked_locks)
      note(Fault{.kind = Fault::Kind::leaked_lock,
                 .database = in.database,
                 .which = {},
                 .what = lock,
                 .todo = "drop these triggers, after `vow doctor --orphans` lists nothing there"});
  }
  result.counts.transactions = xids.size();
  return result;
}

std::vector<Fault> in_both(const std::vector<Fault>& first, const std::vector<Fault>& second) {
  std::vector<Fault> both;
  for (const Fault& each : second) {
    const bool was_there = std::any_of(first.begin(), first.end(),
                                       [&](const Fault& before) { return each.is_about_the_same(before); });
    if (was_there) both.push_back(each);
  }
  return both;
}

}  // namespace vow::cli
