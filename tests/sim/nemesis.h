// Does to the nodes what its seed wants done: cuts, crashes, pauses, clocks, disks. What destroys data is
// done only where the cluster survives it.
#pragma once

#include "tests/sim/cluster.h"
#include "tests/sim/network.h"

namespace vow::sim {

class Nemesis {
 public:
  Nemesis(World& world, Network& network, Cluster& cluster, Random random)
      : world_(world), network_(network), cluster_(cluster), random_(random) {}

  void begin();
  // Ends all faults, for good: everything that can run runs.
  void heal_all();
  // Those that are being voted out may be cut off from all others just then.
  void maybe_cut_off(const std::set<NodeId>& leaving);

 private:
  using Act = void (Nemesis::*)();
  struct Habit {
    Chaos chaos;
    Time mean;  // between two acts
    Act act;
  };

  void again(const Habit& habit);

  void split();
  void one_way();
  void partial();
  void flapping();
  void crash();
  void crash_receiver();
  void lose_power();
  void lose_power_everywhere();
  void pause();
  void skew_clock();
  void jump_clock();
  void slow_disk();
  void disk_error();
  void sync_failure();
  void disk_full();
  void bit_flip();
  void wipe();

  void cut_for(const Cut& cut, Time duration);
  void flap(const Cut& cut, Time period, std::uint64_t times);
  void heal_later(NodeId node, Time delay);
  void crash(Host& host, Crash how);
  // Null if none runs. Now and then the leader, or one that is at a snapshot, since that hurts most.
  [[nodiscard]] Host* victim();
  [[nodiscard]] std::set<NodeId> some_nodes();

  World& world_;
  Network& network_;
  Cluster& cluster_;
  Random random_;
  bool over_ = false;
};

}  // namespace vow::sim
