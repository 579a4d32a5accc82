#include "tests/explore/real_leader.h"

#include <algorithm>

#include "tests/explore/world.h"

namespace vow::explore {
namespace {

using txn::Asker;
using txn::Ballot;

constexpr std::uint64_t begin_ms = 1'700'000'000'000;
constexpr std::uint32_t timeout_s = 30;
constexpr std::uint64_t deadline_ms = begin_ms + timeout_s * 1'000;
constexpr std::uint64_t noticed_ms = deadline_ms + 1'000;
constexpr std::uint64_t other_noticed_ms = begin_ms + 3'000;
constexpr std::uint64_t grace_past_ms = deadline_ms + 62'000;
constexpr std::uint64_t hours_later_ms = deadline_ms + 7'200'000;
constexpr std::uint64_t first_enlistment = 11;

const txn::BranchName branch_a = *txn::BranchName::from("a");
const txn::BranchName branch_b = *txn::BranchName::from("b");

std::uint8_t number_of(const txn::Preparation& preparation) {
  if (preparation.nonce.is_zero()) return shared_branch;
  return static_cast<std::uint8_t>((preparation.branch == branch_a ? 0 : 2) + preparation.nonce.value() - 1);
}

std::vector<txn::Preparation> preparations_of(Set set) {
  std::vector<txn::Preparation> all;
  for (std::uint8_t one = 0; one <= shared_branch; ++one) {
    if (has(set, one)) all.push_back(preparation_of(one));
  }
  return all;
}

txn::Decide decide_of(const txn::Xid& xid, Set set) {
  txn::Decide decide{.stamp_ms = begin_ms, .xid = xid, .branches = {}};
  for (const txn::Preparation& one : preparations_of(set))
    decide.branches.push_back({one, one.branch == branch_a ? "stock" : "money"});
  return decide;
}

}  // namespace

txn::Xid xid_of_term(std::uint8_t term) {
  return {.cell = cell,
          .incarnation = incarnation,
          .term = term,
          .timeout_s = timeout_s,
          .begin_ms = begin_ms,
          .session = 1,
          .sequence = 1};
}

txn::Preparation preparation_of(std::uint8_t preparation) {
  if (preparation == shared_branch) return {branch_b, txn::Nonce()};
  return {preparation < 2 ? branch_a : branch_b, txn::Nonce(preparation % 2u + 1u)};
}

RealLeader::RealLeader(const Scope& scope, std::uint8_t own_term)
    : scope_(scope),
      own_term_(own_term),
      xid_(xid_of_term(scope.term)),
      other_(xid_),
      now_ms_(begin_ms + 10) {
  other_.sequence = 2;
  other_.timeout_s = 1;
  decisions_.found(cell, incarnation);
}

Reaction RealLeader::feed(Input input) {
  Reaction reaction;
  switch (input.kind) {
    case InputKind::deadline_passes:
    case InputKind::tick:
    case InputKind::other_is_marked:
    case InputKind::other_ends:
      pass(input.kind);
      break;
    case InputKind::apply_decide:
    case InputKind::apply_leftover_decide:
    case InputKind::apply_finish:
    case InputKind::apply_advance:
    case InputKind::apply_horizon:
      apply(input);
      break;
    case InputKind::lead:
      table_.emplace(txn::OpenOptions{.marks_max = scope_.capped ? 1u : 1'000u}, Term(own_term_), decisions_);
      table_->sessions_opened(txn::SessionNumber(1));
      break;
    case InputKind::take_up:
      take_up();
      break;
    case InputKind::confirm_commit:
      table_->confirm(xid_, preparation_of(input.what), txn::Action::commit);
      break;
    case InputKind::confirm_rollback:
      table_->confirm(xid_, preparation_of(input.what), txn::Action::rollback);
      break;
    default:
      reaction.verdict = static_cast<std::uint8_t>(answer(input).verdict);
  }
  take_output(reaction);
  decisions_.check_invariants();
  if (table_) table_->check_invariants();
  return reaction;
}

txn::Answer RealLeader::answer(Input input) {
  switch (input.kind) {
    case InputKind::vote_prepared:
      return table_->vote(vote_of(input.what, Ballot::prepared), now_ms_);
    case InputKind::vote_read_only:
      return table_->vote(vote_of(input.what, Ballot::read_only), now_ms_);
    case InputKind::vote_refused:
      return table_->vote(vote_of(input.what, Ballot::refused), now_ms_);
    case InputKind::enlist: {
      const txn::Vote as_vote = vote_of(input.what, Ballot::prepared);
      return table_->enlist({xid_, branch_b, "money", as_vote.session, as_vote.enlistment}, now_ms_);
    }
    case InputKind::ask:
      return table_->outcome(xid_, preparation_of(input.what), Asker::involved, now_ms_);
    case InputKind::watch:
      return table_->outcome(xid_, preparation_of(input.what), Asker::watcher, now_ms_);
    case InputKind::ask_all:
      return table_->outcome(xid_, std::nullopt, Asker::involved, now_ms_);
    case InputKind::watch_all:
      return table_->outcome(xid_, std::nullopt, Asker::watcher, now_ms_);
    case InputKind::commit:
      return table_->commit(xid_, preparations_of(input.what), now_ms_);
    default:
      return table_->rollback(xid_, now_ms_);
  }
}

txn::Vote RealLeader::vote_of(std::uint8_t preparation, Ballot ballot) const {
  const bool shared = scope_.shared && preparation >= 2;
  return {.xid = xid_,
          .preparation = preparation_of(preparation),
          .resource = preparation < 2 ? "stock" : "money",
          .ballot = ballot,
          .session = txn::SessionNumber(1),
          .enlistment = shared ? first_enlistment + preparation : 0};
}

void RealLeader::pass(InputKind kind) {
  switch (kind) {
    case InputKind::deadline_passes:
      now_ms_ = std::max(now_ms_, deadline_ms);
      return;
    case InputKind::tick:
      // Before its deadline nothing may come of it.
      if (now_ms_ >= deadline_ms) {
        now_ms_ = noticed_ms;
        ticked_past_ = true;
      }
      return table_->tick(now_ms_);
    case InputKind::other_is_marked:
      (void)table_->rollback(other_, now_ms_);
      return;
    default:
      now_ms_ = std::max(now_ms_, other_noticed_ms);
      return table_->tick(now_ms_);
  }
}

void RealLeader::apply(Input input) {
  switch (input.kind) {
    case InputKind::apply_decide:
    case InputKind::apply_leftover_decide: {
      const std::uint64_t entry_term = scope_.term + (input.kind == InputKind::apply_decide ? 0u : 1u);
      const auto taken = decisions_.decide(decide_of(xid_, input.what), Term(entry_term));
      if (table_ && taken == txn::Decisions::Taken::now && own_term_ == xid_.term) table_->decided(xid_);
      return;
    }
    case InputKind::apply_finish:
      return decisions_.finish({.stamp_ms = begin_ms, .xids = {xid_}});
    case InputKind::apply_advance:
      return decisions_.advance({.stamp_ms = grace_past_ms, .horizon_ms = 0});
    default:
      return decisions_.advance({.stamp_ms = hours_later_ms, .horizon_ms = deadline_ms + 1});
  }
}

// As coordinator/dispatch/leadership_turn.cc does it.
void RealLeader::take_up() {
  for (std::size_t slot = 0; slot < decisions_.slots(); ++slot) {
    const txn::Decision* decision = decisions_.at(slot);
    if (decision != nullptr && !decision->is_finished() && decision->xid.term != own_term_)
      table_->resume(*decision);
  }
}

void RealLeader::take_output(Reaction& reaction) {
  if (!table_) return;
  const txn::OpenTransactions::Output output = table_->take_output();
  for (const txn::Decide& decide : output.propose) {
    VOW_CHECK(reaction.proposed == 0, "two decisions are proposed at once");
    for (const txn::NamedBranch& named : decide.branches)
      reaction.proposed = static_cast<Set>(reaction.proposed | set_of(number_of(named.preparation)));
  }
  for (const txn::Instruction& instruction : output.instruct) {
    if (instruction.xid != xid_) continue;
    Set& told = instruction.action == txn::Action::commit     ? reaction.told_commit
                : instruction.action == txn::Action::rollback ? reaction.told_rollback
                                                              : reaction.told_prepare;
    told = static_cast<Set>(told | set_of(number_of(instruction.preparation)));
  }
  for (const txn::Settled& settled : output.settled) {
    if (settled.xid == xid_)
      reaction.settled = static_cast<std::uint8_t>(reaction.settled | said_bit(settled.answer.verdict));
  }
  reaction.finished = !output.finished.empty();
}

std::string RealLeader::key() const {
  std::string key;
  const auto put = [&](std::size_t value) { key.push_back(static_cast<char>(value)); };
  put(table_.has_value());
  put(now_ms_ >= other_noticed_ms);
  put(now_ms_ >= deadline_ms);
  put(ticked_past_);
  put(decisions_.has_bit(xid_));
  put(decisions_.horizon_ms() > xid_.deadline_ms());
  put(decisions_.time_ms() >= grace_past_ms);
  if (const txn::Decision* decision = decisions_.find(xid_)) {
    put(decision->is_finished() ? 2 : 1);
    for (std::uint8_t one = 0; one < preparations; ++one) put(decision->names(preparation_of(one)));
  }
  key.push_back('|');
  if (!table_) return key;
  put(table_->find(other_) != nullptr);
  if (const txn::Transaction* transaction = table_->find(xid_)) {
    put(static_cast<std::size_t>(transaction->state));
    put(transaction->reason == txn::Reason::only_read);
    // The order in which they came matters to nobody.
    std::vector<std::array<std::size_t, 3>> branches;
    for (const txn::OpenBranch& branch : transaction->branches) {
      branches.push_back({number_of(branch.preparation), static_cast<std::size_t>(branch.standing),
                          static_cast<std::size_t>(branch.enlistment)});
    }
    std::sort(branches.begin(), branches.end());
    for (const auto& branch : branches) {
      for (const std::size_t value : branch) put(value);
    }
  }
  return key;
}

std::string RealLeader::words() const {
  std::string words;
  if (const txn::Decision* decision = decisions_.find(xid_)) {
    words = decision->is_finished() ? "decided and finished" : "decided";
  } else if (decisions_.has_bit(xid_)) {
    words = "one bit left";
  } else {
    words = "no decision";
  }
  if (!table_) return words;
  const txn::Transaction* transaction = table_->find(xid_);
  return words + ", " + (transaction == nullptr ? "not in the table" : std::string(name(transaction->state)));
}

bool RealLeader::is_idle() const {
  const txn::Decision* decision = decisions_.find(xid_);
  const bool decided = decision != nullptr && !decision->is_finished();
  return !decided && (!table_ || table_->find(xid_) == nullptr);
}

}  // namespace vow::explore
