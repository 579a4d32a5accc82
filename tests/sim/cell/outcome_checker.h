// What must hold of transactions, checked by somebody who sees all nodes, all databases and all answers at
// once:
//
// - A decision is the first one that is committed in the log in its xid's own term, and it never changes.
// - Whoever is told `committed`, there is a decision; of a preparation, it names it. Whoever is told
//   `rolled_back` or `nothing_to_commit`, there is none, and never will be; of a preparation, none names it.
// - A database commits exactly what a decision names, and rolls back nothing that one names; but for what an
//   operator forced.
// - A decision counts as finished only once all its branches are durably committed; it is dropped only then.
// - An initiator that is told `committed` committed exactly what it named; if it waited until all was done,
// all
//   is done.
// - Only somebody who is involved settles what nobody has heard of.
// - Transactions of other cells are nobody's here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/machine/command.h"
#include "coordinator/txn/answer.h"
#include "coordinator/txn/open_transactions.h"
#include "storage/entry.h"
#include "tests/sim/cell/branch_key.h"
#include "tests/sim/world.h"

namespace vow::sim::cell {

class OutcomeChecker {
 public:
  OutcomeChecker(World& world, machine::Found cell) : world_(world), cell_(cell) {}

  struct Decided {
    Index at;
    std::vector<txn::Preparation> branches;
    bool finished = false;
  };

  // A replica is about to apply this, as others did or will.
  void applying(storage::LogPosition at, std::string_view command);

  // A node gave this answer, whether or not it arrives; `of`: about this preparation.
  void told(NodeId node, const txn::Xid& xid, const std::optional<txn::Preparation>& of,
            const txn::Answer& answer);
  // An enlistment was answered, which says less about the transaction.
  void told_enlisting(NodeId node, const txn::Xid& xid, const txn::Answer& answer);
  // Somebody who may settle the transaction asks a node about it.
  void asked_involved(const txn::Xid& xid) { involved_.insert(xid); }
  void commanded(const BranchKey& key, txn::Action action);

  // A branch that was prepared is about to end in its database; `ended_otherwise`: it had ended the other
  // way.
  void branch_ends(const BranchKey& key, bool committed, bool ended_otherwise);
  void durably_committed(const BranchKey& key) { durable_.insert(key); }
  [[nodiscard]] bool is_durably_committed(const BranchKey& key) const { return durable_.contains(key); }

  // An initiator was told `committed`, having named these.
  void acknowledged(const txn::Xid& xid, const std::vector<txn::Preparation>& named) const;
  // One that waits until all is done was told that it is.
  void told_all_done(NodeId node, const txn::Xid& xid) const;

  [[nodiscard]] const Decided* decision(const txn::Xid& xid) const;
  [[nodiscard]] const std::map<txn::Xid, Decided>& decisions() const { return decisions_; }
  [[nodiscard]] bool is_forced(const txn::Xid& xid, const txn::BranchName& branch) const {
    return forced_.contains({xid, branch});
  }
  // Effects, once each: at the end, all that was decided is committed, if it was not forced.
  void check_end() const;

 private:
  // Who said, for good, that something is rolled back.
  struct Said {
    std::string by;
  };

  void decided(storage::LogPosition at, const txn::Decide& decide);
  void finished(const txn::Finish& finish);
  void said_committed(const std::string& who, const txn::Xid& xid, const std::optional<txn::Preparation>& of);
  void said_rolled_back(const std::string& who, const txn::Xid& xid,
                        const std::optional<txn::Preparation>& of);

  void said_forgotten(const std::string& who, const txn::Xid& xid, txn::Reason reason) const;

  World& world_;
  const machine::Found cell_;
  Index applied_;  // the last entry that some replica has begun to apply
  std::map<txn::Xid, Decided> decisions_;
  std::set<std::pair<txn::Xid, txn::BranchName>> forced_;
  std::map<txn::Xid, Said> rolled_back_;
  std::map<BranchKey, Said> preparations_rolled_back_;
  std::set<txn::Xid> involved_;
  std::set<BranchKey> durable_;
  std::uint64_t horizon_ms_ = 0;
};

}  // namespace vow::sim::cell
