// What the replicated state knows of one committed transaction.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "coordinator/base/few.h"
#include "coordinator/txn/branch.h"
#include "coordinator/txn/xid.h"

namespace vow::txn {

// A branch in a decision as it is proposed.
struct NamedBranch {
  Preparation preparation;
  std::string resource;

  bool operator==(const NamedBranch&) const = default;
};

// The record "commit xid, with these branches".
struct Decide {
  std::uint64_t stamp_ms = 0;  // the leader's term clock
  Xid xid;
  std::vector<NamedBranch> branches;

  bool operator==(const Decide&) const = default;
};

// Every branch of these has confirmed. A lazy record: without it nothing is lost but some repeated commands.
struct Finish {
  std::uint64_t stamp_ms = 0;
  std::vector<Xid> xids;

  bool operator==(const Finish&) const = default;
};

// Time has come this far, for decisions whose time to be dropped has come; and this is the new horizon.
struct Advance {
  std::uint64_t stamp_ms = 0;
  std::uint64_t horizon_ms = 0;

  bool operator==(const Advance&) const = default;
};

// An operator ended a branch that could not finish. It neither adds a decision nor changes one.
struct Force {
  std::uint64_t stamp_ms = 0;
  Xid xid;
  BranchName branch;
  bool committed = false;  // what the operator says became of the branch
  std::string who;
  std::string why;

  bool operator==(const Force&) const = default;
};

// One branch of a decision on record.
struct DecidedBranch {
  Preparation preparation;
  ResourceNumber resource{};
  bool forced = false;
};

// A decision on record. Kept while a branch is unfinished, and then until `drop_at_ms`.
struct Decision {
  Xid xid;
  std::uint64_t decided_ms = 0;
  Few<DecidedBranch, 3> branches;
  std::uint64_t finished_nth = 0;  // the how manieth it was to finish; 0: a branch has not confirmed

  [[nodiscard]] bool is_finished() const { return finished_nth != 0; }
  [[nodiscard]] bool names(const Preparation& preparation) const {
    for (const DecidedBranch& branch : branches) {
      if (branch.preparation == preparation) return true;
    }
    return false;
  }
};

}  // namespace vow::txn
