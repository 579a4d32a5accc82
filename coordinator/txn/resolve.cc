#include "coordinator/txn/resolve.h"

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"

namespace vow::txn {
namespace {

Known known_as(State state) {
  switch (state) {
    case State::open:
    case State::preparing:
      return Known::open;
    case State::deciding:
      return Known::deciding;
    case State::committing:
      return Known::committed;
    case State::aborting:
    case State::aborted:
      return Known::aborting;
  }
  return Known::open;
}

}  // namespace

Resolution resolve(const Xid& xid, const Decisions& decisions, Term last_applied,
                   const OpenTransactions* leading) {
  if (decisions.cell() == 0) return {Known::ask_leader};
  if (!decisions.is_ours(xid) && !VOW_PLANTED(answers_for_other_cell)) return {Known::not_ours};
  const bool decides = leading != nullptr && xid.decided_in() == leading->own_term();
  // What this leader has not decided yet nobody has. (Asked first since it is what most calls are about.)
  const Transaction* transaction = decides ? leading->find(xid) : nullptr;
  if (transaction != nullptr && transaction->state != State::committing)
    return {known_as(transaction->state)};

  if (const Decision* decision = decisions.find(xid)) return {Known::committed, decision};
  VOW_CHECK(transaction == nullptr, "{} is committing without a decision", to_string(xid));
  if (decisions.has_bit(xid)) return {Known::committed};
  if (xid.deadline_ms() < decisions.horizon_ms()) return {Known::forgotten};
  if (xid.decided_in() < last_applied) return {Known::rolled_back};
  if (VOW_PLANTED(answers_for_later_term) && xid.decided_in() > last_applied) return {Known::rolled_back};
  return {decides ? Known::unseen : Known::ask_leader};
}

Answer answer_without_leading(const Xid& xid, const std::optional<Preparation>& of,
                              const Decisions& decisions, Term last_applied) {
  const Resolution resolution = resolve(xid, decisions, last_applied, nullptr);
  switch (resolution.known) {
    case Known::not_ours:
      return {Verdict::not_ours};
    case Known::forgotten:
      return {Verdict::forgotten};
    case Known::rolled_back:
      return {Verdict::rolled_back, Reason::earlier_term};
    case Known::committed:
      if (!of) return {Verdict::committed};
      if (resolution.decision == nullptr) return {Verdict::forgotten, Reason::only_bit_left};
      if (!resolution.decision->names(*of)) return {Verdict::rolled_back, Reason::another_preparation};
      return {Verdict::committed};
    default:
      return {Verdict::ask_leader};
  }
}

}  // namespace vow::txn
