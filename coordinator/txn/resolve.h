// The one function that says what is known of a transaction. Every call is built on it.
//
//   known                                                            answer
//   the cell itself is not known yet (a member that has just joined)  ask_leader
//   another cell, or an incarnation not adopted here                 not_ours
//   a decision on record, or its bit                                 committed
//   its deadline is before the horizon, and neither                  forgotten
//   its term is below the last applied entry's, and neither          rolled_back, for ever
//   own term, leading: in the table                                  open, deciding or aborting
//   own term, leading: not in the table                              unseen
//   own term without leading, or a higher term                       ask_leader
//
// Why these never change: protocol.md, "Why an answer never changes", retold in docs/protocol.md.
#pragma once

#include <cstdint>

#include "coordinator/txn/decisions.h"
#include "coordinator/txn/open_transactions.h"

namespace vow::txn {

enum class Known : std::uint8_t {
  not_ours,
  committed,
  rolled_back,
  forgotten,
  open,  // or preparing
  deciding,
  aborting,  // or aborted
  unseen,
  ask_leader,
};

struct Resolution {
  Known known = Known::ask_leader;
  const Decision* decision = nullptr;  // committed: null if only its bit is left
};

// `leading` is the table of the term that this node leads, if it has applied an entry of its own; else null.
[[nodiscard]] Resolution resolve(const Xid& xid, const Decisions& decisions, Term last_applied,
                                 const OpenTransactions* leading);

// What a node that does not lead can say of a transaction, or of one preparation in it: only what is final.
[[nodiscard]] Answer answer_without_leading(const Xid& xid, const std::optional<Preparation>& of,
                                            const Decisions& decisions, Term last_applied);

}  // namespace vow::txn
