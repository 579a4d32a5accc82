// What a node sees of its cell: who its members are, who leads, and how far each has come.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "coordinator/dispatch/coordinator.h"

namespace vow::http {

struct MemberView {
  NodeId node;
  std::string role;  // leader, voter, learner; leaving: a voter until the change of members is finished
  dispatch::MemberAddresses addresses;
  // Only a leader knows of each other member:
  std::optional<Index> matched;  // how far its log agrees, durably
  std::optional<bool> active;    // heard from lately
};

struct ClusterView {
  NodeId node;  // whose view this is
  bool leading = false;
  NodeId leader;  // 0: not known
  Term term;
  Index committed;
  Index applied;
  Index snapshot;
  std::vector<MemberView> members;
};

// On the loop.
[[nodiscard]] ClusterView view_cluster(const dispatch::Coordinator& coordinator, NodeId self);
// HTTP address of the leader; empty if it is not known. On the loop.
[[nodiscard]] std::string leader_http(const dispatch::Coordinator& coordinator);

}  // namespace vow::http
