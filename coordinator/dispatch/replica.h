// The cell's replicated state as a node carries it: the pure machine behind the node's port.
#pragma once

#include <functional>

#include "coordinator/machine/machine.h"
#include "coordinator/node/state_machine.h"

namespace vow::dispatch {

class Replica final : public node::StateMachine {
 public:
  // Told of each command right after its effect, on the loop.
  using Applied =
      std::function<void(storage::LogPosition, const machine::Command& command, machine::Effect effect)>;

  explicit Replica(const txn::DecisionOptions& options = {}) : options_(options), machine_(options) {}

  void on_applied(Applied applied) { on_applied_ = std::move(applied); }
  [[nodiscard]] const machine::Machine& machine() const { return machine_; }
  struct Figures {
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;  // of the records
  };
  // What this process has applied.
  [[nodiscard]] const Figures& figures() const { return figures_; }
  // What the first nodes of a cell begin with; before bootstrap.
  void found(const machine::Found& found, const machine::Members& members);

  std::string apply(storage::LogPosition at, std::string_view command) override;
  void applied_to(storage::LogPosition at) override { machine_.applied_to(at); }
  [[nodiscard]] std::unique_ptr<Frozen> freeze() override;
  [[nodiscard]] std::unique_ptr<Loader> begin_load() override;
  void adopt(std::unique_ptr<Loader> loaded) override;

 private:
  txn::DecisionOptions options_;
  machine::Machine machine_;
  Applied on_applied_;
  Figures figures_;
};

}  // namespace vow::dispatch
