#include "tests/sim/cell/outcome_checker.h"

#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/violation.h"

namespace vow::sim::cell {
namespace {

using txn::Reason;
using txn::Verdict;

constexpr const char* never_contradicted = "a final answer is never contradicted";
constexpr const char* atomic = "databases commit exactly what was decided";

std::string subject(const txn::Xid& xid, const std::optional<txn::Preparation>& of) {
  return of ? brief(BranchKey{xid, *of}) : brief(xid);
}

bool names(const OutcomeChecker::Decided& decided, const txn::Preparation& preparation) {
  return std::find(decided.branches.begin(), decided.branches.end(), preparation) != decided.branches.end();
}

// Rolled back for a reason that concerns the preparation alone: the transaction may be committed without it.
bool concerns_preparation(Reason reason) {
  return reason == Reason::another_preparation || reason == Reason::voted_after_commit;
}

void note(World& world, Reason reason) {
  static const std::map<Reason, Rare> rare = {
      {Reason::asked, Rare::reason_asked},
      {Reason::past_deadline, Rare::reason_past_deadline},
      {Reason::vote_refused, Rare::reason_vote_refused},
      {Reason::vote_missing, Rare::reason_vote_missing},
      {Reason::vote_not_named, Rare::reason_vote_not_named},
      {Reason::vote_differs, Rare::reason_vote_differs},
      {Reason::outcome_asked, Rare::reason_outcome_asked},
      {Reason::earlier_term, Rare::reason_earlier_term},
      {Reason::enlistment_differs, Rare::reason_enlistment_differs},
      {Reason::another_preparation, Rare::reason_another_preparation},
      {Reason::voted_after_commit, Rare::reason_voted_after_commit},
  };
  if (const auto known = rare.find(reason); known != rare.end()) world.happened(known->second);
}

}  // namespace

// What was taken before changes nothing: the first decision counts, and each branch is finished or forced
// once.
void OutcomeChecker::applying(storage::LogPosition at, std::string_view command) {
  if (at.index < applied_) return;
  applied_ = at.index;
  const auto decoded = machine::decode(command);
  VOW_CHECK(decoded.has_value(), "entry {} holds a command that nobody wrote", to_string(at.index));
  if (const auto* decide = std::get_if<txn::Decide>(&*decoded)) decided(at, *decide);
  if (const auto* finish = std::get_if<txn::Finish>(&*decoded)) finished(*finish);
  if (const auto* advance = std::get_if<txn::Advance>(&*decoded)) {
    if (advance->horizon_ms > horizon_ms_) world_.happened(Rare::horizon_raised);
    horizon_ms_ = std::max(horizon_ms_, advance->horizon_ms);
  }
  if (const auto* force = std::get_if<txn::Force>(&*decoded)) {
    if (decisions_.contains(force->xid) && forced_.emplace(force->xid, force->branch).second)
      world_.happened(Rare::branch_forced);
  }
}

void OutcomeChecker::decided(storage::LogPosition at, const txn::Decide& decide) {
  const bool ours = decide.xid.cell == cell_.cell && decide.xid.incarnation == cell_.incarnation;
  if (!ours || decide.xid.decided_in() != at.term) return;
  const auto [known, is_new] = decisions_.try_emplace(decide.xid);
  if (!is_new) return;
  Decided& decided = known->second;
  decided.at = at.index;
  std::set<txn::BranchName> branches;
  for (const txn::NamedBranch& named : decide.branches) {
    decided.branches.push_back(named.preparation);
    if (!branches.insert(named.preparation.branch).second)
      throw Violation("a branch is committed once",
                      fmt::format("the decision on {} names {} twice", brief(decide.xid),
                                  named.preparation.branch.view()));
  }
  world_.trace.line("decided: {} at {}, with {} branches", brief(decide.xid), at.index.value(),
                    decide.branches.size());
  ++world_.counters.transactions_committed;
  if (const auto said = rolled_back_.find(decide.xid); said != rolled_back_.end()) {
    throw Violation(never_contradicted,
                    fmt::format("{} is decided, but {}", brief(decide.xid), said->second.by));
  }
  for (const txn::Preparation& preparation : decided.branches) {
    const auto said = preparations_rolled_back_.find({decide.xid, preparation});
    if (said == preparations_rolled_back_.end()) continue;
    throw Violation(
        never_contradicted,
        fmt::format("{} is decided, but {}", brief(BranchKey{decide.xid, preparation}), said->second.by));
  }
}

void OutcomeChecker::finished(const txn::Finish& finish) {
  for (const txn::Xid& xid : finish.xids) {
    const auto at = decisions_.find(xid);
    if (at == decisions_.end() || std::exchange(at->second.finished, true)) continue;
    world_.trace.line("finished: {}", brief(xid));
    for (const txn::Preparation& preparation : at->second.branches) {
      if (is_durably_committed({xid, preparation}) || is_forced(xid, preparation.branch)) continue;
      throw Violation("a decision is finished only once all its branches are committed durably",
                      fmt::format("{} is not", brief(BranchKey{xid, preparation})));
    }
  }
}

void OutcomeChecker::told(NodeId node, const txn::Xid& xid, const std::optional<txn::Preparation>& of,
                          const txn::Answer& answer) {
  const std::string who = fmt::format("node {} said that {} is {} ({})", node.value(), subject(xid, of),
                                      txn::name(answer.verdict), txn::name(answer.reason));
  world_.trace.line("{}", who);
  const bool ours = xid.cell == cell_.cell && xid.incarnation == cell_.incarnation;
  if (!ours) {
    if (answer.verdict == Verdict::not_ours || answer.verdict == Verdict::ask_leader) return;
    throw Violation("transactions of other cells are nobody's here", who);
  }
  if (answer.reason == Reason::outcome_asked && !involved_.contains(xid))
    throw Violation("only who is involved settles what nobody has heard of", who);
  note(world_, answer.reason);
  switch (answer.verdict) {
    case Verdict::committed:
      return said_committed(who, xid, of);
    case Verdict::rolled_back:
      if (of && concerns_preparation(answer.reason)) return said_rolled_back(who, xid, of);
      said_rolled_back(who, xid, std::nullopt);
      if (of) said_rolled_back(who, xid, of);
      return;
    case Verdict::nothing_to_commit:
      world_.happened(Rare::nothing_to_commit);
      return said_rolled_back(who, xid, std::nullopt);
    case Verdict::forgotten:
      world_.happened(Rare::forgotten);
      return said_forgotten(who, xid, answer.reason);
    case Verdict::not_ours:
      throw Violation("a cell knows its own transactions", who);
    default:
      return;
  }
}

void OutcomeChecker::told_enlisting(NodeId node, const txn::Xid& xid, const txn::Answer& answer) {
  note(world_, answer.reason);
  if (answer.verdict == Verdict::rolled_back && concerns_preparation(answer.reason)) return;
  told(node, xid, std::nullopt, answer);
}

void OutcomeChecker::said_committed(const std::string& who, const txn::Xid& xid,
                                    const std::optional<txn::Preparation>& of) {
  const Decided* decided = decision(xid);
  if (decided == nullptr) throw Violation("what is said to be committed was decided", who + ": no decision");
  if (of && !names(*decided, *of))
    throw Violation("what is said to be committed was decided", who + ": the decision does not name it");
}

void OutcomeChecker::said_rolled_back(const std::string& who, const txn::Xid& xid,
                                      const std::optional<txn::Preparation>& of) {
  const Decided* decided = decision(xid);
  if (decided != nullptr && (!of || names(*decided, *of)))
    throw Violation(never_contradicted, fmt::format("{}, which was decided at {}", who, decided->at.value()));
  if (of)
    preparations_rolled_back_.try_emplace({xid, *of}, Said{who});
  else
    rolled_back_.try_emplace(xid, Said{who});
}

void OutcomeChecker::said_forgotten(const std::string& who, const txn::Xid& xid, Reason reason) const {
  if (reason == Reason::only_bit_left) {
    if (decision(xid) == nullptr) throw Violation("what has left its bit was decided", who);
  } else if (xid.deadline_ms() >= horizon_ms_) {
    throw Violation("nothing younger than the horizon is forgotten", who);
  }
}

void OutcomeChecker::commanded(const BranchKey& key, txn::Action action) {
  const Decided* decided = decision(key.xid);
  const bool is_named = decided != nullptr && names(*decided, key.preparation);
  if (action == txn::Action::commit && !is_named)
    throw Violation("participants are commanded what was decided",
                    brief(key) + " is to be committed, undecided");
  if (action == txn::Action::rollback && is_named)
    throw Violation("participants are commanded what was decided",
                    brief(key) + " is to be rolled back, decided");
}

void OutcomeChecker::branch_ends(const BranchKey& key, bool committed, bool ended_otherwise) {
  world_.trace.line("{} {}", brief(key), committed ? "commits" : "rolls back");
  if (is_forced(key.xid, key.preparation.branch)) return;
  if (ended_otherwise)
    throw Violation("a branch ends once", fmt::format("{} had ended the other way", brief(key)));
  const Decided* decided = decision(key.xid);
  const bool is_named = decided != nullptr && names(*decided, key.preparation);
  if (committed && !is_named) throw Violation(atomic, brief(key) + " commits, which no decision names");
  if (committed) return;
  said_rolled_back(brief(key) + " rolled back in its database", key.xid, key.preparation);
}

void OutcomeChecker::acknowledged(const txn::Xid& xid, const std::vector<txn::Preparation>& named) const {
  const Decided* decided = decision(xid);
  if (decided == nullptr) throw Violation("an acknowledged commit is decided", brief(xid) + " is not");
  const auto is_decided = [&](const txn::Preparation& one) {
    return std::any_of(decided->branches.begin(), decided->branches.end(), [&](const txn::Preparation& each) {
      return each.branch == one.branch && (each.nonce == one.nonce || one.nonce.is_zero());
    });
  };
  const bool same =
      named.size() == decided->branches.size() && std::all_of(named.begin(), named.end(), is_decided);
  if (!same) {
    throw Violation("what is committed is exactly what its initiator named",
                    fmt::format("{}: {} preparations named, {} decided", brief(xid), named.size(),
                                decided->branches.size()));
  }
}

void OutcomeChecker::told_all_done(NodeId node, const txn::Xid& xid) const {
  world_.happened(Rare::waited_until_done);
  for (const txn::Preparation& preparation : decision(xid)->branches) {
    if (is_durably_committed({xid, preparation}) || is_forced(xid, preparation.branch)) continue;
    throw Violation("who waits until all is done finds it done",
                    fmt::format("node {} said that {} is committed and done, but {} is not", node.value(),
                                brief(xid), brief(BranchKey{xid, preparation})));
  }
}

const OutcomeChecker::Decided* OutcomeChecker::decision(const txn::Xid& xid) const {
  const auto at = decisions_.find(xid);
  return at == decisions_.end() ? nullptr : &at->second;
}

void OutcomeChecker::check_end() const {
  for (const auto& [xid, decided] : decisions_) {
    for (const txn::Preparation& preparation : decided.branches) {
      if (is_durably_committed({xid, preparation}) || is_forced(xid, preparation.branch)) continue;
      throw Violation("what was decided is committed everywhere in the end",
                      fmt::format("{} is not", brief(BranchKey{xid, preparation})));
    }
  }
}

}  // namespace vow::sim::cell
