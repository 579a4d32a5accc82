// The operators of the cell: change its members and move its leadership at any moment, and bring a new node
// wherever one has lost its disk.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "tests/sim/cluster.h"

namespace vow::sim {

class Operator {
 public:
  // Called with nodes that are being voted out: the worst moment to lose sight of them.
  using VotingOut = std::function<void(const std::set<NodeId>& leaving)>;

  Operator(World& world, Cluster& cluster, Random random, VotingOut voting_out)
      : world_(world), cluster_(cluster), random_(random), voting_out_(std::move(voting_out)) {}

  void begin();
  // From now on only what is broken is repaired.
  void settle() { settling_ = true; }

 private:
  void change_again();
  void transfer_again();
  void repair_again();

  void change_members();
  [[nodiscard]] raft::Membership draw_membership(const raft::Configuration& now);
  [[nodiscard]] raft::Membership draw_exchange(const raft::Configuration& now);
  // Whom to ask: mostly who leads, sometimes anyone.
  [[nodiscard]] Host* contact();
  void ask_for(Host& host, const raft::Membership& wanted);
  void replace_lost();
  void clear_away();
  void transfer_leadership();
  [[nodiscard]] std::optional<NodeId> new_node();

  World& world_;
  Cluster& cluster_;
  Random random_;
  VotingOut voting_out_;
  bool settling_ = false;
  std::set<NodeId> lost_;  // were members when they lost their disks
};

}  // namespace vow::sim
