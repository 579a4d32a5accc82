// What runs on a node of a cell: the product's own replica and coordinator.
#pragma once

#include "coordinator/dispatch/node_coordinator.h"
#include "coordinator/dispatch/replica.h"
#include "tests/sim/program.h"
#include "tests/sim/world.h"

namespace vow::sim::cell {

class CellProgram final : public Program {
 public:
  CellProgram(World& world, const txn::DecisionOptions& decisions,
              const dispatch::CoordinatorOptions& options, Random random)
      : world_(world), replica_(decisions), coordinator_(options, replica_, random) {}

  [[nodiscard]] dispatch::Replica& machine() override { return replica_; }
  void attach(node::Node& node) override { coordinator_.attach(node); }
  void wake(txn::Moment now) override { coordinator_.wake(now); }
  void tick(node::Node& /*node*/) override { coordinator_.tick(); }
  [[nodiscard]] bool turn(node::Node& node) override;

  [[nodiscard]] std::uint64_t digest() const override { return replica_.machine().digest(); }
  void check_invariants() const override { coordinator_.check_invariants(); }

  [[nodiscard]] dispatch::NodeCoordinator& coordinator() { return coordinator_; }

 private:
  void look_at(const dispatch::Leadership& leading, NodeId node);

  World& world_;
  dispatch::Replica replica_;
  dispatch::NodeCoordinator coordinator_;
  Term led_;
  std::uint64_t clock_ms_ = 0;  // in that term
  bool clock_is_off_ = false;
};

}  // namespace vow::sim::cell
