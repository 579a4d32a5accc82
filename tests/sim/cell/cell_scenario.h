// The world of cells: the product's whole coordinator on every node; participants over databases, initiators,
// watchers and operators around it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/cell/cell_nemesis.h"
#include "tests/sim/cell/cell_operator.h"
#include "tests/sim/cell/cell_options.h"
#include "tests/sim/cell/watcher.h"
#include "tests/sim/scenario.h"

namespace vow::sim::cell {

class CellScenario final : public Scenario {
 public:
  explicit CellScenario(World& world);
  ~CellScenario() override;

  [[nodiscard]] std::unique_ptr<Program> make(NodeId node, Random random) override;
  [[nodiscard]] std::unique_ptr<Program> make_beginning(bool founds) override;
  void applying(storage::LogPosition at, std::string_view command) override {
    checker_.applying(at, command);
  }
  // A digest goes over all decisions.
  [[nodiscard]] std::uint64_t compare_every() const override { return 8; }

  void begin(const Stage& stage) override;
  void settle() override;
  [[nodiscard]] std::optional<std::string> what_is_missing() override;
  void check_end() override;

 private:
  void add_participants(const Client::Surroundings& around, Random& random);
  void add_initiators(const Client::Surroundings& around, Random& random);
  [[nodiscard]] std::optional<std::string> what_users_miss() const;
  [[nodiscard]] std::optional<std::string> what_leader_misses() const;
  [[nodiscard]] std::optional<std::string> what_is_kept() const;
  [[nodiscard]] std::optional<std::string> what_is_written();

  World& world_;
  const CellOptions options_;
  OutcomeChecker checker_;
  Cluster* cluster_ = nullptr;
  std::unique_ptr<Wire> wire_;
  Business business_;
  std::vector<std::unique_ptr<Database>> databases_;
  std::vector<std::unique_ptr<Participant>> participants_;
  std::vector<std::unique_ptr<Initiator>> initiators_;
  std::unique_ptr<Watcher> watcher_;
  std::unique_ptr<CellNemesis> nemesis_;
  std::unique_ptr<CellOperator> operator_;
  NodeId next_process_;
  std::optional<Time> leapt_at_;  // past all deadlines, to see everything dropped
  std::optional<std::pair<Time, Index>> idle_since_;
};

}  // namespace vow::sim::cell
