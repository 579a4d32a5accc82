// The world of registers: the smallest state machine there is, so that what fails is consensus.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/sim/register_machine.h"
#include "tests/sim/scenario.h"
#include "tests/sim/workload.h"

namespace vow::sim {

class RegisterProgram final : public Program {
 public:
  explicit RegisterProgram(std::uint64_t ballast) : registers_(ballast) {}

  [[nodiscard]] RegisterMachine& machine() override { return registers_; }
  [[nodiscard]] std::uint64_t digest() const override { return registers_.hash(); }

 private:
  RegisterMachine registers_;
};

class RegisterScenario final : public Scenario {
 public:
  explicit RegisterScenario(World& world) : world_(world) {}

  [[nodiscard]] std::unique_ptr<Program> make(NodeId node, Random random) override;
  [[nodiscard]] std::unique_ptr<Program> make_beginning(bool founds) override;
  void applying(storage::LogPosition at, std::string_view command) override;

  void begin(const Stage& stage) override;
  void settle() override { clients_->finish_with(5); }
  [[nodiscard]] std::optional<std::string> what_is_missing() override;
  void check_end() override { clients_->check_history(); }

 private:
  World& world_;
  Ledger ledger_;
  std::unique_ptr<Workload> clients_;
};

}  // namespace vow::sim
