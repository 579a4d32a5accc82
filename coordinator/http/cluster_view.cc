#include "coordinator/http/cluster_view.h"

namespace vow::http {
namespace {

std::string role_of(NodeId node, const raft::Status& status) {
  if (node == status.leadership.leader) return "leader";
  if (status.configuration.voters.contains(node)) return "voter";
  return status.configuration.is_voter(node) ? "leaving" : "learner";
}

}  // namespace

ClusterView view_cluster(const dispatch::Coordinator& coordinator, NodeId self) {
  const raft::Status status = coordinator.node().raft().status();
  ClusterView view{.node = self,
                   .leading = coordinator.is_leading(),
                   .leader = status.leadership.leader,
                   .term = status.leadership.term,
                   .committed = status.commit,
                   .applied = coordinator.node().applied().index,
                   .snapshot = coordinator.node().snapshot().index,
                   .members = {}};
  const auto addresses = coordinator.members();
  for (const NodeId node : status.configuration.members()) {
    MemberView member{
        .node = node, .role = role_of(node, status), .addresses = {}, .matched = {}, .active = {}};
    if (const auto at = addresses.find(node); at != addresses.end()) member.addresses = at->second;
    for (const raft::FollowerStatus& follower : status.followers) {
      if (follower.node != node) continue;
      member.matched = follower.match;
      member.active = follower.active;
    }
    if (node == self && status.leadership.role == raft::Role::leader) {
      member.matched = status.stable;
      member.active = true;
    }
    view.members.push_back(std::move(member));
  }
  return view;
}

std::string leader_http(const dispatch::Coordinator& coordinator) {
  const NodeId leader = coordinator.node().raft().leadership().leader;
  const auto addresses = coordinator.members();
  const auto at = addresses.find(leader);
  return at == addresses.end() ? "" : at->second.http;
}

}  // namespace vow::http
