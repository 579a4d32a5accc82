// The people who look after transactions: they end by hand what cannot end, and ask for another try.
#pragma once

#include <vector>

#include "tests/sim/cell/database.h"
#include "tests/sim/scenario.h"

namespace vow::dispatch {
class NodeCoordinator;
}

namespace vow::sim::cell {

class CellOperator {
 public:
  CellOperator(const Scenario::Stage& stage, OutcomeChecker& checker, std::vector<Database*> databases,
               Random random)
      : world_(stage.world),
        cluster_(stage.cluster),
        checker_(checker),
        databases_(std::move(databases)),
        random_(random) {}

  void begin() { again(); }
  // From now on nothing is forced; whatever was stuck gets loose.
  void settle();

 private:
  void again();
  void look_after_stuck();
  void force(Database& database, const BranchKey& key);
  void forced(dispatch::NodeCoordinator& coordinator, Database& database, const BranchKey& key,
              bool committed);
  void retry_one();

  World& world_;
  Cluster& cluster_;
  OutcomeChecker& checker_;
  const std::vector<Database*> databases_;
  Random random_;
  bool settling_ = false;
};

}  // namespace vow::sim::cell
