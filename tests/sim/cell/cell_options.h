// What one seed's cell is like, besides what all runs draw (tests/sim/options.h).
#pragma once

#include "coordinator/dispatch/node_coordinator.h"
#include "tests/sim/cell/database.h"
#include "tests/sim/cell/initiator.h"

namespace vow::sim::cell {

struct CellOptions {
  txn::DecisionOptions decisions;
  dispatch::CoordinatorOptions coordinator;
  std::size_t resources = 0;
  std::size_t instances_max = 0;  // of one resource
  std::size_t initiators = 0;
  Wire::Options wire;
  Client::Habits habits;
  Participant::Manners participant;
  Initiator::Manners initiator;
  Database::Options database;
  Time watch = 0;
};

[[nodiscard]] CellOptions draw_cell_options(const Options& options);

}  // namespace vow::sim::cell
