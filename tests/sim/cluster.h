// All computers of a run, and who among them may be harmed without breaking what nobody promises: as long as
// a majority of every configuration that may be in force has its disks, everything acknowledged must survive
// and all must go on.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "tests/sim/host.h"

namespace vow::sim {

class Cluster {
 public:
  Cluster(World& world, Network& network, Programs& programs, Random random);

  // The first nodes, all with the same beginning.
  void begin(std::size_t nodes);
  // A new node with an empty configuration, which waits to be taken in.
  Host& add_joiner();
  // Starts a node that is down, again and again until it starts, or is lost because its disk is damaged.
  void start_soon(NodeId node, Time delay);
  // Takes away a node that is a member no longer, or lost.
  void retire(NodeId node);

  [[nodiscard]] Host* host(NodeId node);
  // Those that are not lost, by id.
  [[nodiscard]] std::vector<Host*> hosts();
  [[nodiscard]] std::vector<Host*> running();
  // Lost, but still a member of the newest committed configuration.
  [[nodiscard]] std::set<NodeId> lost_members() const;
  // Who leads in the highest term; null if nobody does.
  [[nodiscard]] Host* leader();

  // Whether everything can still be finished if these disks are lost, and in this configuration too.
  [[nodiscard]] bool survives_loss_of(NodeId node) const { return survives({node}, nullptr); }
  [[nodiscard]] bool survives(const raft::Configuration& wanted) const { return survives({}, &wanted); }

  [[nodiscard]] SafetyChecker& checker() { return checker_; }
  [[nodiscard]] std::uint64_t disk_faults() const;

 private:
  Host& create(const raft::Configuration& configuration, NodeId id, bool founds);
  void stopped(NodeId node, const storage::Error& why);
  [[nodiscard]] bool survives(std::set<NodeId> gone, const raft::Configuration* wanted) const;

  World& world_;
  Network& network_;
  Programs& programs_;
  Random random_;
  SafetyChecker::PromisedLogs logs_;
  SafetyChecker checker_;
  std::map<NodeId, std::unique_ptr<Host>> hosts_;
  std::vector<std::unique_ptr<Host>> retired_;  // events may still name them
  std::set<NodeId> starting_;
  NodeId next_id_{1};
};

}  // namespace vow::sim
