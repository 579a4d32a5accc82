#include "tests/sim/cell/cell_operator.h"

#include <algorithm>

#include <fmt/format.h>

#include "tests/sim/cell/cell_program.h"
#include "tests/sim/violation.h"

namespace vow::sim::cell {

using dispatch::NodeCoordinator;

void CellOperator::settle() {
  settling_ = true;
  for (Database* database : databases_) database->repair();
}

void CellOperator::again() {
  world_.clock.after(around(random_, 2 * second), [this] {
    if (settling_) return;
    look_after_stuck();
    if (random_.chance(0.3)) retry_one();
    again();
  });
}

void CellOperator::look_after_stuck() {
  for (Database* database : databases_) {
    const std::set<BranchKey> stuck = database->stuck();
    for (const BranchKey& key : stuck) {
      if (random_.chance(0.3)) force(*database, key);
    }
  }
}

// He says how the branch ends, and sees to it; mostly as it was decided, sometimes not.
void CellOperator::force(Database& database, const BranchKey& key) {
  Host* leader = cluster_.leader();
  if (leader == nullptr) return;
  const auto* decided = checker_.decision(key.xid);
  const bool is_named = decided != nullptr && std::find(decided->branches.begin(), decided->branches.end(),
                                                        key.preparation) != decided->branches.end();
  const bool committed = random_.chance(0.1) ? !is_named : is_named;
  leader->call([this, leader, &database, key, committed](node::Node&) {
    auto& coordinator = dynamic_cast<CellProgram&>(leader->program()).coordinator();
    coordinator.force(
        key.xid, key.preparation.branch, committed, {"the operator", "it cannot finish"},
        [this, &coordinator, &database, key, committed](const Result<void, dispatch::Problem>& done) {
          if (done.ok()) forced(coordinator, database, key, committed);
        });
  });
}

void CellOperator::forced(NodeCoordinator& coordinator, Database& database, const BranchKey& key,
                          bool committed) {
  world_.trace.line("operator forced {}", brief(key));
  const dispatch::Leadership* leading = coordinator.leading();
  const txn::Transaction* transaction = leading == nullptr ? nullptr : leading->open().find(key.xid);
  if (transaction != nullptr) {
    for (const txn::OpenBranch& branch : transaction->branches) {
      const bool is_it = branch.preparation == key.preparation;
      if (is_it && branch.standing == txn::OpenBranch::Standing::prepared)
        throw Violation("a branch that was forced counts as finished", brief(key) + " does not");
    }
  }
  if (checker_.is_forced(key.xid, key.preparation.branch)) database.force(key, committed);
}

void CellOperator::retry_one() {
  Host* leader = cluster_.leader();
  if (leader == nullptr || checker_.decisions().empty()) return;
  const txn::Xid xid = checker_.decisions().rbegin()->first;
  leader->call([this, leader, xid](node::Node&) {
    auto& coordinator = dynamic_cast<CellProgram&>(leader->program()).coordinator();
    if (coordinator.retry(xid).ok()) world_.happened(Rare::retried_by_operator);
  });
}

}  // namespace vow::sim::cell
