#include "tests/sim/scenario.h"

#include "tests/sim/cell/cell_scenario.h"
#include "tests/sim/register_scenario.h"

namespace vow::sim {

std::unique_ptr<Scenario> make_scenario(World& world) {
  if (world.options.kind == Kind::cell) return std::make_unique<cell::CellScenario>(world);
  return std::make_unique<RegisterScenario>(world);
}

}  // namespace vow::sim
