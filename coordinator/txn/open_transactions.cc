// Votes and enlistments: how a transaction grows.
#include "coordinator/txn/open_transactions.h"

#include <algorithm>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "coordinator/txn/resolve.h"

namespace vow::txn {
namespace {

using Standing = OpenBranch::Standing;

Standing standing_after(Ballot ballot) {
  switch (ballot) {
    case Ballot::prepared:
      return Standing::prepared;
    case Ballot::read_only:
      return Standing::read_only;
    case Ballot::refused:
      return Standing::refused;
  }
  return Standing::refused;
}

OpenBranch* find_branch(Transaction& transaction, const BranchName& name) {
  for (OpenBranch& branch : transaction.branches) {
    if (branch.preparation.branch == name) return &branch;
  }
  return nullptr;
}

}  // namespace

Answer OpenTransactions::vote(const Vote& vote, std::uint64_t now_ms) {
  const std::optional<Preparation> of = vote.preparation;
  if (const auto known = known_of(vote.xid, of)) {
    // A read-only branch has left: its vote counts, whatever is decided meanwhile.
    const Transaction* transaction = table_.find(vote.xid);
    const bool deciding = transaction != nullptr && transaction->state == State::deciding;
    if (deciding && vote.ballot == Ballot::read_only && transaction->names(vote.preparation))
      return {Verdict::taken};
    return *known;
  }
  if (is_past(vote.xid, now_ms)) {
    if (Transaction* transaction = table_.find(vote.xid)) {
      return abort(vote.xid, *transaction, Reason::past_deadline);
    }
    return {Verdict::rolled_back, Reason::past_deadline};
  }

  Transaction* transaction = table_.find(vote.xid);
  if (transaction != nullptr) {
    if (OpenBranch* branch = find_branch(*transaction, vote.preparation.branch)) {
      return vote_again(vote, *transaction, *branch, now_ms);
    }
    // The set is fixed, and this is not in it: it can never commit, whatever becomes of the others.
    if (transaction->state == State::preparing) return {Verdict::rolled_back, Reason::voted_after_commit};
  }
  if (vote.ballot == Ballot::refused) {
    if (transaction == nullptr) return mark(vote.xid, Reason::vote_refused, now_ms);
    if (transaction->branches.size() < options_.branches_max) vote_first(vote, *transaction);
    return abort(vote.xid, *transaction, Reason::vote_refused);
  }
  if (vote.enlistment != 0) return {Verdict::invalid, Reason::not_enlisted};
  if (const auto objection = this->objection(vote.resource)) return *objection;
  if (transaction == nullptr) {
    if (const auto objection = this->objection(vote.xid, now_ms)) return *objection;
    transaction = &add(vote.xid, State::open);
  }
  if (transaction->branches.size() >= options_.branches_max)
    return {Verdict::invalid, Reason::too_many_branches};
  vote_first(vote, *transaction);
  return {Verdict::taken};
}

void OpenTransactions::vote_first(const Vote& vote, Transaction& transaction) {
  transaction.branches.push_back({.preparation = vote.preparation,
                                  .resource = vote.resource,
                                  .session = vote.session,
                                  .enlistment = 0,
                                  .standing = standing_after(vote.ballot)});
}

Answer OpenTransactions::vote_again(const Vote& vote, Transaction& transaction, OpenBranch& branch,
                                    std::uint64_t now_ms) {
  if (branch.enlistment != vote.enlistment) return abort(vote.xid, transaction, Reason::enlistment_differs);
  if (!branch.awaits_vote()) {
    const bool repeated = branch.standing == standing_after(vote.ballot) &&
                          (branch.preparation == vote.preparation || VOW_PLANTED(nonce_ignored));
    if (repeated) return {Verdict::taken};
    return abort(vote.xid, transaction, Reason::vote_differs);
  }
  branch.preparation = vote.preparation;
  branch.session = vote.session;
  branch.standing = standing_after(vote.ballot);
  if (vote.ballot == Ballot::refused) return abort(vote.xid, transaction, Reason::vote_refused);
  const bool complete = !transaction.awaits_votes();
  if (transaction.state == State::preparing && complete) {
    decide(vote.xid, transaction, now_ms);
  }
  return {Verdict::taken};
}

Answer OpenTransactions::enlist(const Enlistment& enlistment, std::uint64_t now_ms) {
  Transaction* transaction = table_.find(enlistment.xid);
  if (const auto known = known_of(enlistment.xid, std::nullopt)) {
    const bool fixed = known->verdict == Verdict::pending || known->verdict == Verdict::committed;
    if (!fixed) return *known;
    const bool only_bit = known->verdict == Verdict::committed && decisions_.find(enlistment.xid) == nullptr;
    if (only_bit) return {Verdict::forgotten, Reason::only_bit_left};
    // What was done under another enlistment, or another name, is not in the decision and never will be.
    return is_settled_with(enlistment) ? Answer{Verdict::taken}
                                       : Answer{Verdict::rolled_back, Reason::voted_after_commit};
  }
  if (is_past(enlistment.xid, now_ms)) {
    if (transaction != nullptr) return abort(enlistment.xid, *transaction, Reason::past_deadline);
    return {Verdict::rolled_back, Reason::past_deadline};
  }
  if (enlistment.enlistment == 0) return {Verdict::invalid, Reason::not_enlisted};
  if (transaction != nullptr) {
    if (const OpenBranch* branch = find_branch(*transaction, enlistment.branch)) {
      if (branch->enlistment == enlistment.enlistment) return {Verdict::taken};
      return abort(enlistment.xid, *transaction, Reason::enlistment_differs);
    }
    if (transaction->state == State::preparing) return {Verdict::rolled_back, Reason::voted_after_commit};
  }
  if (const auto objection = this->objection(enlistment.resource)) return *objection;
  if (transaction == nullptr) {
    if (const auto objection = this->objection(enlistment.xid, now_ms)) return *objection;
    transaction = &add(enlistment.xid, State::open);
  }
  if (transaction->branches.size() >= options_.branches_max) {
    return {Verdict::invalid, Reason::too_many_branches};
  }
  transaction->branches.push_back({.preparation = {enlistment.branch, Nonce()},
                                   .resource = enlistment.resource,
                                   .session = enlistment.session,
                                   .enlistment = enlistment.enlistment,
                                   .standing = Standing::enlisted});
  return {Verdict::taken};
}

bool OpenTransactions::is_settled_with(const Enlistment& enlistment) const {
  if (enlistment.xid.decided_in() == own_term_) {
    if (const Transaction* transaction = table_.find(enlistment.xid)) {
      return std::any_of(transaction->branches.begin(), transaction->branches.end(),
                         [&](const OpenBranch& branch) {
                           return branch.preparation.branch == enlistment.branch &&
                                  branch.enlistment == enlistment.enlistment;
                         });
    }
  }
  // The decision on record does not say under which enlistment the branch was prepared.
  const Decision* decision = decisions_.find(enlistment.xid);
  return decision != nullptr &&
         std::any_of(decision->branches.begin(), decision->branches.end(), [&](const DecidedBranch& branch) {
           return branch.preparation.branch == enlistment.branch;
         });
}

std::optional<Answer> OpenTransactions::untimely(const Xid& xid, std::uint64_t now_ms) const {
  if (xid.begin_ms > now_ms + options_.ahead_ms_max) return Answer{Verdict::invalid, Reason::from_the_future};
  if (xid.session == 0 || xid.session > last_session_) {
    return Answer{Verdict::invalid, Reason::session_unknown};
  }
  return std::nullopt;
}

std::optional<Answer> OpenTransactions::objection(const Xid& xid, std::uint64_t now_ms) const {
  if (xid.timeout_s > options_.timeout_s_max) return Answer{Verdict::invalid, Reason::timeout_too_long};
  if (const auto untimely = this->untimely(xid, now_ms)) return untimely;
  const std::size_t undecided = count(State::open) + count(State::preparing) + count(State::deciding);
  const bool full = undecided >= options_.open_max ||
                    count(State::aborting) + count(State::aborted) >= options_.marks_max ||
                    count(State::committing) >= options_.undelivered_max;
  if (full) return Answer{Verdict::overloaded};
  return std::nullopt;
}

std::optional<Answer> OpenTransactions::objection(const std::string& resource) const {
  const ResourceNames& names = decisions_.resources();
  if (names.size() >= options_.resources_max && !names.knows(resource)) return Answer{Verdict::overloaded};
  return std::nullopt;
}

std::optional<Answer> OpenTransactions::known_of(const Xid& xid, const std::optional<Preparation>& of) const {
  const Resolution resolution = resolve(xid, decisions_, own_term_, this);
  switch (resolution.known) {
    case Known::not_ours:
      return Answer{Verdict::not_ours};
    case Known::forgotten:
      return Answer{Verdict::forgotten};
    case Known::ask_leader:
      return Answer{Verdict::ask_leader};
    case Known::rolled_back:
      return Answer{Verdict::rolled_back, Reason::earlier_term};
    case Known::committed:
      return of_decision(xid, resolution.decision, of);
    case Known::deciding:
      if (of && !table_.find(xid)->names(*of))
        return Answer{Verdict::rolled_back, Reason::another_preparation};
      return Answer{Verdict::pending};
    case Known::aborting: {
      const Transaction& transaction = *table_.find(xid);
      const bool only_read = transaction.reason == Reason::only_read && (!of || transaction.names(*of));
      if (only_read) return Answer{Verdict::nothing_to_commit};
      return Answer{Verdict::rolled_back, transaction.reason, transaction.unfinished()};
    }
    case Known::open:
    case Known::unseen:
      return std::nullopt;
  }
  return std::nullopt;
}

Answer OpenTransactions::of_decision(const Xid& xid, const Decision* decision,
                                     const std::optional<Preparation>& of) const {
  // Only its bit is left: that it was committed is known, with which preparations is not.
  if (decision == nullptr) {
    return of ? Answer{Verdict::forgotten, Reason::only_bit_left} : Answer{Verdict::committed};
  }
  if (of && !decision->names(*of) && !VOW_PLANTED(nonce_ignored)) {
    return {Verdict::rolled_back, Reason::another_preparation};
  }
  const Transaction* transaction = table_.find(xid);
  return {Verdict::committed, Reason::none, transaction == nullptr ? 0 : transaction->unfinished()};
}

const Transaction* OpenTransactions::find(const Xid& xid) const { return table_.find(xid); }

Transaction& OpenTransactions::add(const Xid& xid, State state) {
  Transaction& transaction = table_[xid];
  transaction.state = state;
  ++counts_[static_cast<std::size_t>(state)];
  if (state != State::committing) due_[xid.deadline_ms() / due_step_ms + 1].push_back(xid);
  return transaction;
}

}  // namespace vow::txn
