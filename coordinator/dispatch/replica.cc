#include "coordinator/dispatch/replica.h"

#include "coordinator/base/check.h"
#include "coordinator/machine/snapshot.h"

namespace vow::dispatch {
namespace {

class FrozenState final : public node::StateMachine::Frozen {
 public:
  explicit FrozenState(machine::Machine::Frozen frozen) : writer_(std::move(frozen)) {}
  std::optional<std::string> next_chunk() override { return writer_.next_piece(); }

 private:
  machine::SnapshotWriter writer_;
};

class StateLoader final : public node::StateMachine::Loader {
 public:
  explicit StateLoader(const txn::DecisionOptions& options) : reader_(options) {}
  bool take(std::string_view chunk) override { return reader_.take(chunk); }
  std::unique_ptr<machine::Machine> finish() { return reader_.finish(); }

 private:
  machine::SnapshotReader reader_;
};

}  // namespace

void Replica::found(const machine::Found& found, const machine::Members& members) {
  const storage::LogPosition before_all;
  machine_.apply(before_all, found);
  for (const auto& [node, addresses] : members) {
    machine_.apply(before_all, machine::Describe{node, addresses});
  }
}

std::string Replica::apply(storage::LogPosition at, std::string_view bytes) {
  const auto command = machine::decode(bytes);
  VOW_CHECK(
      command.has_value(),
      "entry {} holds a command that this version of vow does not know. Install the version that the other "
      "members run",
      at.index.value());
  ++figures_.records;
  figures_.bytes += bytes.size();
  const machine::Effect effect = machine_.apply(at, *command);
  if (on_applied_) on_applied_(at, *command, effect);
  return {};
}

std::unique_ptr<Replica::Frozen> Replica::freeze() {
  return std::make_unique<FrozenState>(machine_.freeze());
}

std::unique_ptr<Replica::Loader> Replica::begin_load() { return std::make_unique<StateLoader>(options_); }

void Replica::adopt(std::unique_ptr<Loader> loaded) {
  machine_ = std::move(*static_cast<StateLoader&>(*loaded).finish());
}

}  // namespace vow::dispatch
