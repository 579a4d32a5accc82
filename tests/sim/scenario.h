// One kind of world: what runs on the nodes, who uses it, and what must hold of what they were told.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/sim/cluster.h"
#include "tests/sim/network.h"
#include "tests/sim/program.h"

namespace vow::sim {

class Scenario : public Programs {
 public:
  // What the users of a run have to do with.
  struct Stage {
    World& world;
    Network& network;
    Cluster& cluster;
    Random random;
  };

  virtual void begin(const Stage& stage) = 0;
  // All faults have ended: from now on everybody must come to an end.
  virtual void settle() = 0;
  // In words; none if everybody has.
  [[nodiscard]] virtual std::optional<std::string> what_is_missing() = 0;
  // At the very end. Throws a Violation.
  virtual void check_end() = 0;
};

// Registers, whose clients' answers must be linearizable; or transactions over databases.
[[nodiscard]] std::unique_ptr<Scenario> make_scenario(World& world);

}  // namespace vow::sim
