// What carries calls between processes and nodes, and among processes: as the network between the nodes does,
// it loses, delays, reorders and duplicates, and is cut along the same lines.
#pragma once

#include <functional>

#include "coordinator/base/random.h"
#include "tests/sim/network.h"
#include "tests/sim/world.h"

namespace vow::sim::cell {

class Wire {
 public:
  struct Options {
    double loss = 0;
    double duplication = 0;
    double late = 0;  // by up to what the nodes' network delays
  };

  Wire(World& world, Network& network, const Options& options, Random random)
      : world_(world), network_(network), options_(options), random_(random) {}

  // `arrive` happens at the receiver: perhaps late, perhaps twice, perhaps never.
  void carry(NodeId from, NodeId to, const std::function<void()>& arrive);

 private:
  void carry_once(NodeId from, NodeId to, const std::function<void()>& arrive);

  World& world_;
  Network& network_;
  const Options options_;
  Random random_;
};

}  // namespace vow::sim::cell
