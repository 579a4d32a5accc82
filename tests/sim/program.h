// What runs on a node: the state machine that it replicates, and what is done around the node's turns.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "coordinator/base/random.h"
#include "coordinator/node/node.h"
#include "coordinator/txn/term_clock.h"

namespace vow::sim {

class Program {
 public:
  virtual ~Program() = default;

  [[nodiscard]] virtual node::StateMachine& machine() = 0;
  // Told once, before anything else is done with the node that carries the machine.
  virtual void attach(node::Node& /*node*/) {}

  // As a loop does it (coordinator/node/runner.h).
  virtual void wake(txn::Moment /*now*/) {}
  virtual void tick(node::Node& node) { node.tick(); }
  // True: there is more to do, even if nothing happens.
  [[nodiscard]] virtual bool turn(node::Node& node) {
    node.turn();
    return false;
  }

  // The same on all replicas that have applied the same entries.
  [[nodiscard]] virtual std::uint64_t digest() const = 0;
  virtual void check_invariants() const {}
};

// Where the programs of a run come from.
class Programs {
 public:
  virtual ~Programs() = default;
  // For a process of this node; or, with `founds`, for the beginning that a cell's first disks are given.
  [[nodiscard]] virtual std::unique_ptr<Program> make(NodeId node, Random random) = 0;
  [[nodiscard]] virtual std::unique_ptr<Program> make_beginning(bool founds) = 0;
  // A node is about to apply a command that is committed there.
  virtual void applying(storage::LogPosition at, std::string_view command) = 0;
  // Replicas are compared at indices that are multiples of this.
  [[nodiscard]] virtual std::uint64_t compare_every() const { return 1; }
};

}  // namespace vow::sim
