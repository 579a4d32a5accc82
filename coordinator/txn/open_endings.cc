// How transactions end: commit, rollback, deadlines, and what their branches confirm.
#include <algorithm>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "coordinator/txn/open_transactions.h"
#include "coordinator/txn/resolve.h"

namespace vow::txn {
namespace {

using Standing = OpenBranch::Standing;

// A shared branch that has not voted has no nonce yet, and is named without one.
bool is_named_by(const OpenBranch& branch, const Preparation& named) {
  if (branch.preparation.branch != named.branch) return false;
  if (branch.enlistment != 0 && named.nonce.is_zero()) return true;
  return branch.preparation.nonce == named.nonce && !branch.awaits_vote();
}

// Whether commit names exactly what stands: each named one is there, and all that hold work are named.
Reason compare(const Transaction& transaction, const std::vector<Preparation>& named) {
  const auto& branches = transaction.branches;
  if (VOW_PLANTED(compares_count_not_set)) {
    return named.size() == branches.size() ? Reason::none : Reason::vote_missing;
  }
  for (const Preparation& one : named) {
    const auto is_it = [&](const OpenBranch& branch) { return is_named_by(branch, one); };
    if (std::none_of(branches.begin(), branches.end(), is_it)) return Reason::vote_missing;
  }
  for (const OpenBranch& branch : branches) {
    const auto names_it = [&](const Preparation& one) { return is_named_by(branch, one); };
    if (branch.holds_work() && std::none_of(named.begin(), named.end(), names_it))
      return Reason::vote_not_named;
  }
  return Reason::none;
}

}  // namespace

Answer OpenTransactions::commit(const Xid& xid, std::vector<Preparation> named, std::uint64_t now_ms) {
  if (const auto known = known_of(xid, std::nullopt)) return *known;
  Transaction* transaction = table_.find(xid);
  if (transaction == nullptr) {
    if (is_past(xid, now_ms)) return {Verdict::rolled_back, Reason::past_deadline};
    if (const auto objection = this->objection(xid, now_ms)) return *objection;
    return mark(xid, named.empty() ? Reason::only_read : Reason::vote_missing, now_ms);
  }
  if (is_past(xid, now_ms)) return abort(xid, *transaction, Reason::past_deadline);

  const Reason difference = compare(*transaction, named);
  if (transaction->state == State::preparing) {
    if (difference != Reason::none) return {Verdict::invalid, Reason::names_differ};
    return {Verdict::pending};
  }
  if (difference != Reason::none) return abort(xid, *transaction, difference);
  if (transaction->awaits_votes()) {
    prepare(xid, *transaction);
    return {Verdict::pending};
  }
  return decide(xid, *transaction, now_ms);
}

Answer OpenTransactions::decide(const Xid& xid, Transaction& transaction, std::uint64_t now_ms) {
  Decide decide{.stamp_ms = now_ms, .xid = xid, .branches = {}};
  for (const OpenBranch& branch : transaction.branches) {
    if (branch.standing == Standing::prepared)
      decide.branches.push_back({branch.preparation, branch.resource});
  }
  if (decide.branches.empty()) {
    transaction.reason = Reason::only_read;
    move(transaction, State::aborted);
    settle(xid, {Verdict::nothing_to_commit}, transaction.branches);
    return {Verdict::nothing_to_commit};
  }
  move(transaction, State::deciding);
  output_.propose.push_back(std::move(decide));
  return {Verdict::pending};
}

void OpenTransactions::prepare(const Xid& xid, Transaction& transaction) {
  move(transaction, State::preparing);
  for (OpenBranch& branch : transaction.branches) {
    if (branch.standing != Standing::enlisted) continue;
    branch.standing = Standing::preparing;
    instruct(Action::prepare, xid, branch);
  }
}

void OpenTransactions::decided(const Xid& xid) {
  Transaction* transaction = table_.find(xid);
  VOW_CHECK(transaction != nullptr && transaction->state == State::deciding,
            "a decision on {} was applied that this leader did not propose", to_string(xid));
  move(*transaction, State::committing);
  for (const OpenBranch& branch : transaction->branches) {
    if (branch.standing == Standing::prepared) instruct(Action::commit, xid, branch);
  }
  settle(xid, {Verdict::committed, Reason::none, transaction->unfinished()});
}

void OpenTransactions::resume(const Decision& decision) {
  if (decision.is_finished() || table_.find(decision.xid) != nullptr) return;
  Transaction& transaction = add(decision.xid, State::committing);
  for (const DecidedBranch& branch : decision.branches) {
    transaction.branches.push_back({.preparation = branch.preparation,
                                    .resource = decisions_.resources().name(branch.resource),
                                    .session = SessionNumber(),
                                    .enlistment = 0,
                                    .standing = branch.forced ? Standing::finished : Standing::prepared});
    if (!branch.forced) instruct(Action::commit, decision.xid, transaction.branches.back());
  }
  finish_if_done(decision.xid, transaction);
}

Answer OpenTransactions::rollback(const Xid& xid, std::uint64_t now_ms) {
  if (const auto known = known_of(xid, std::nullopt)) {
    Transaction* transaction = table_.find(xid);
    if (VOW_PLANTED(aborts_deciding_by_rollback) && transaction != nullptr &&
        transaction->state == State::deciding)
      return abort(xid, *transaction, Reason::asked);
    return *known;
  }
  if (Transaction* transaction = table_.find(xid)) return abort(xid, *transaction, Reason::asked);
  return mark(xid, Reason::asked, now_ms);
}

Answer OpenTransactions::outcome(const Xid& xid, const std::optional<Preparation>& of, Asker asker,
                                 std::uint64_t now_ms) {
  if (const auto known = known_of(xid, of)) return *known;
  const bool settles = asker == Asker::involved || VOW_PLANTED(watcher_marks);
  Transaction* transaction = table_.find(xid);
  if (transaction == nullptr) {
    if (settles) return mark(xid, Reason::outcome_asked, now_ms);
    if (is_past(xid, now_ms)) return {Verdict::rolled_back, Reason::past_deadline};
    return {Verdict::open};
  }
  if (settles && is_past(xid, now_ms)) return abort(xid, *transaction, Reason::past_deadline);
  return {Verdict::open};
}

Answer OpenTransactions::mark(const Xid& xid, Reason reason, std::uint64_t now_ms) {
  const Answer answer =
      reason == Reason::only_read ? Answer{Verdict::nothing_to_commit} : Answer{Verdict::rolled_back, reason};
  // Nothing that comes from now on can commit it, mark or no mark.
  if (is_past(xid, now_ms)) return {Verdict::rolled_back, Reason::past_deadline};
  // Likewise; but this may be said for ever.
  if (xid.timeout_s > options_.timeout_s_max) return {Verdict::rolled_back, Reason::timeout_too_long};
  // It cannot be committed yet, and need not be remembered: whoever asks may ask again.
  if (const auto objection = untimely(xid, now_ms)) return *objection;
  if (count(State::aborting) + count(State::aborted) >= options_.marks_max) {
    return VOW_PLANTED(marks_evicted) ? answer : Answer{Verdict::overloaded};
  }
  Transaction& transaction = add(xid, State::aborted);
  transaction.reason = reason;
  if (VOW_PLANTED(drops_marks_early)) due_[0].push_back(xid);
  settle(xid, answer, transaction.branches);
  return answer;
}

Answer OpenTransactions::abort(const Xid& xid, Transaction& transaction, Reason reason) {
  VOW_CHECK(transaction.state == State::open || transaction.state == State::preparing ||
                VOW_PLANTED(aborts_deciding_by_deadline) || VOW_PLANTED(aborts_deciding_by_rollback),
            "{} was to be aborted while {}", to_string(xid), name(transaction.state));
  transaction.reason = reason;
  for (const OpenBranch& branch : transaction.branches) {
    if (branch.holds_work()) instruct(Action::rollback, xid, branch);
  }
  const std::uint32_t unfinished = transaction.unfinished();
  move(transaction, unfinished == 0 ? State::aborted : State::aborting);
  const Answer answer{Verdict::rolled_back, reason, unfinished};
  settle(xid, answer, unfinished == 0 ? std::optional(transaction.branches) : std::nullopt);
  return answer;
}

void OpenTransactions::confirm(const Xid& xid, const Preparation& preparation, Action action) {
  Transaction* transaction = table_.find(xid);
  if (transaction == nullptr) return;
  const bool expected = (transaction->state == State::committing && action == Action::commit) ||
                        (transaction->state == State::aborting && action == Action::rollback);
  if (!expected) return;
  for (OpenBranch& branch : transaction->branches) {
    if (branch.preparation != preparation || !branch.holds_work()) continue;
    branch.standing = Standing::finished;
    return finish_if_done(xid, *transaction);
  }
}

void OpenTransactions::force(const Xid& xid, const BranchName& name) {
  Transaction* transaction = table_.find(xid);
  const bool ending = transaction != nullptr &&
                      (transaction->state == State::committing || transaction->state == State::aborting);
  if (!ending) return;
  for (OpenBranch& branch : transaction->branches) {
    if (branch.preparation.branch == name && branch.holds_work()) branch.standing = Standing::finished;
  }
  finish_if_done(xid, *transaction);
}

void OpenTransactions::finish_if_done(const Xid& xid, Transaction& transaction) {
  if (transaction.unfinished() > 0 && !VOW_PLANTED(decision_forgotten_with_branch_open)) return;
  if (transaction.state == State::committing) {
    output_.finished.push_back(xid);
    settle(xid, {Verdict::committed}, std::move(transaction.branches));
    return erase(xid, transaction);
  }
  move(transaction, State::aborted);
  settle(xid, {Verdict::rolled_back, transaction.reason}, transaction.branches);
  // Its deadline has passed already: nobody else will come by to drop the mark.
  if (xid.deadline_ms() / due_step_ms + 1 <= due_through_) erase(xid, transaction);
}

void OpenTransactions::tick(std::uint64_t now_ms) {
  constexpr std::size_t at_once = 20'000;
  std::size_t looked_at = 0;
  while (!due_.empty() && due_.begin()->first * due_step_ms <= now_ms && looked_at < at_once) {
    const auto due = due_.extract(due_.begin());
    due_through_ = std::max(due_through_, due.key());
    looked_at += due.mapped().size();
    for (const Xid& xid : due.mapped()) {
      Transaction* transaction = table_.find(xid);
      if (transaction == nullptr) continue;
      if (transaction->state == State::aborted) {
        erase(xid, *transaction);
      } else if (transaction->state == State::open || transaction->state == State::preparing ||
                 (transaction->state == State::deciding && VOW_PLANTED(aborts_deciding_by_deadline))) {
        abort(xid, *transaction, Reason::past_deadline);
        if (transaction->state == State::aborted) erase(xid, *transaction);
      }
    }
  }
}

void OpenTransactions::instruct(Action action, const Xid& xid, const OpenBranch& branch) {
  output_.instruct.push_back({action, xid, branch.preparation, branch.resource, branch.session});
}

void OpenTransactions::settle(const Xid& xid, const Answer& answer,
                              std::optional<std::vector<OpenBranch>> finished) {
  const bool is_finished = finished.has_value();
  output_.settled.push_back(
      {xid, answer, is_finished, std::move(finished).value_or(std::vector<OpenBranch>())});
}

void OpenTransactions::move(Transaction& transaction, State to) {
  --counts_[static_cast<std::size_t>(transaction.state)];
  ++counts_[static_cast<std::size_t>(to)];
  transaction.state = to;
}

void OpenTransactions::erase(const Xid& xid, Transaction& transaction) {
  --counts_[static_cast<std::size_t>(transaction.state)];
  table_.erase(xid);
}

std::uint32_t Transaction::unfinished() const {
  return static_cast<std::uint32_t>(
      std::count_if(branches.begin(), branches.end(), [](const OpenBranch& b) { return b.holds_work(); }));
}

bool Transaction::awaits_votes() const {
  return std::any_of(branches.begin(), branches.end(), [](const OpenBranch& b) { return b.awaits_vote(); });
}

bool Transaction::names(const Preparation& preparation) const {
  return std::any_of(branches.begin(), branches.end(),
                     [&](const OpenBranch& branch) { return branch.preparation == preparation; });
}

std::string_view name(State state) {
  switch (state) {
    case State::open:
      return "open";
    case State::preparing:
      return "preparing";
    case State::deciding:
      return "deciding";
    case State::committing:
      return "committing";
    case State::aborting:
      return "aborting";
    case State::aborted:
      return "aborted";
  }
  return "?";
}

std::string_view name(Action action) {
  switch (action) {
    case Action::prepare:
      return "prepare";
    case Action::commit:
      return "commit";
    case Action::rollback:
      return "rollback";
  }
  return "?";
}

void OpenTransactions::check_invariants() const {
  std::array<std::size_t, 6> counted{};
  table_.for_each([&](const Xid& xid, const Transaction& transaction) {
    ++counted[static_cast<std::size_t>(transaction.state)];
    const bool decided = decisions_.find(xid) != nullptr || decisions_.has_bit(xid);
    switch (transaction.state) {
      case State::open:
      case State::preparing:
      case State::aborting:
      case State::aborted:
        VOW_CHECK(!decided, "{} is {} here, and committed on record", to_string(xid),
                  name(transaction.state));
        VOW_CHECK(xid.decided_in() == own_term_, "{} is {} in term {}", to_string(xid),
                  name(transaction.state), own_term_.value());
        break;
      case State::deciding:
        VOW_CHECK(!transaction.awaits_votes(), "{} is being decided while a vote is awaited", to_string(xid));
        VOW_CHECK(transaction.unfinished() > 0, "{} is being decided with nothing to commit", to_string(xid));
        break;
      case State::committing:
        VOW_CHECK(decided, "{} is told to commit without a decision", to_string(xid));
        VOW_CHECK(transaction.unfinished() > 0, "{} is finished and still here", to_string(xid));
        break;
    }
    VOW_CHECK(transaction.state != State::aborted || transaction.unfinished() == 0,
              "{} has branches to undo and is called aborted", to_string(xid));
  });
  VOW_CHECK(counted == counts_, "the states of {} transactions are counted wrongly", table_.size());
}

}  // namespace vow::txn
