#include "tests/sim/register_scenario.h"

#include "coordinator/base/check.h"

namespace vow::sim {

std::unique_ptr<Program> RegisterScenario::make(NodeId /*node*/, Random /*random*/) {
  return std::make_unique<RegisterProgram>(0);
}

// The ballast comes with the first snapshot.
std::unique_ptr<Program> RegisterScenario::make_beginning(bool /*founds*/) {
  return std::make_unique<RegisterProgram>(world_.options.snapshot_ballast);
}

void RegisterScenario::applying(storage::LogPosition at, std::string_view command) {
  const std::optional<Command> decoded = decode_command(command);
  VOW_CHECK(decoded.has_value(), "entry {} holds a command of {} bytes that nobody wrote",
            to_string(at.index), command.size());
  ledger_.applied(decoded->attempt, at);
}

void RegisterScenario::begin(const Stage& stage) {
  clients_ = std::make_unique<Workload>(stage.world, stage.cluster, ledger_, stage.random);
  clients_->begin();
}

std::optional<std::string> RegisterScenario::what_is_missing() {
  if (clients_->is_through()) return std::nullopt;
  return "clients still wait for their operations";
}

}  // namespace vow::sim
