// Does to those who use the cell, and to clocks, what its seed wants done.
#pragma once

#include <memory>
#include <vector>

#include "tests/sim/cell/client.h"
#include "tests/sim/cell/database.h"
#include "tests/sim/scenario.h"

namespace vow::sim::cell {

class CellNemesis {
 public:
  struct Victims {
    std::vector<Client*> processes;
    std::vector<Database*> databases;
  };

  CellNemesis(const Scenario::Stage& stage, Victims victims, Random random)
      : world_(stage.world),
        network_(stage.network),
        cluster_(stage.cluster),
        victims_(std::move(victims)),
        random_(random) {}

  void begin();
  // Ends all of it: everything runs.
  void heal_all();

 private:
  using Act = void (CellNemesis::*)();

  void again(Chaos chaos, Time mean, Act act);
  void crash();
  void crash_with_leader();
  void pause();
  void cut_off();
  void crash_database();
  void drift();
  void jump_wall();
  void leap();
  [[nodiscard]] Client& any_process() {
    return *victims_.processes[random_.below(victims_.processes.size())];
  }

  World& world_;
  Network& network_;
  Cluster& cluster_;
  const Victims victims_;
  Random random_;
  bool over_ = false;
};

}  // namespace vow::sim::cell
