// The replicated state of a cell: its identity, its members' addresses, and all decisions. PURE.
//
// Every replica applies the same commands in the same order and comes to the same state; digest() says
// whether they did.
#pragma once

#include <string_view>

#include "coordinator/machine/command.h"
#include "coordinator/machine/members.h"
#include "coordinator/txn/decisions.h"
#include "storage/entry.h"

namespace vow::machine {

// What a command did, for whoever proposed it.
enum class Effect : std::uint8_t {
  done,
  nothing,  // a decision of another term or cell, or a second one; a branch to force that is not on record
};

class Machine {
 public:
  explicit Machine(const txn::DecisionOptions& options = {}) : decisions_(options) {}

  Effect apply(storage::LogPosition at, const Command& command);
  // Everything up to here is applied, whatever it was.
  void applied_to(storage::LogPosition at) { applied_ = at; }

  [[nodiscard]] const txn::Decisions& decisions() const { return decisions_; }
  [[nodiscard]] const Members& members() const { return members_; }
  // The last entry whose effect the state holds.
  [[nodiscard]] storage::LogPosition applied() const { return applied_; }

  [[nodiscard]] std::uint64_t digest() const;
  void check_invariants() const { decisions_.check_invariants(); }

  // For snapshots (snapshot.h).
  struct Frozen {
    Members members;
    txn::Decisions::Frozen decisions;
  };
  [[nodiscard]] Frozen freeze() { return {members_, decisions_.freeze()}; }
  void restore(Members members) { members_ = std::move(members); }
  [[nodiscard]] txn::Decisions& restoring() { return decisions_; }

 private:
  storage::LogPosition applied_;
  Members members_;
  txn::Decisions decisions_;
};

}  // namespace vow::machine
