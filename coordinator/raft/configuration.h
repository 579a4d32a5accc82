// Who the members are, and whose majority counts.
//
// A configuration is in force from the moment its entry is in a node's log, committed or not (Raft
// dissertation, section 4.1). Changing the voters passes through a joint configuration, in which a majority
// of the new voters AND a majority of the old ones must agree (section 4.3), so that at no moment two
// disjoint majorities exist.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "coordinator/base/ids.h"

namespace vow::raft {

// What an operator asks for.
struct Membership {
  std::set<NodeId> voters = {};
  std::set<NodeId> learners = {};  // receive everything, count for nothing
  bool operator==(const Membership&) const = default;
};

struct Configuration {
  std::set<NodeId> voters = {};
  std::set<NodeId> voters_outgoing = {};  // while joint: the voters before the change
  std::set<NodeId> learners = {};
  // The newest record format that every member has announced to understand. Newer records wait.
  std::uint32_t version = 1;

  [[nodiscard]] bool joint() const { return !voters_outgoing.empty(); }
  [[nodiscard]] bool is_voter(NodeId node) const {
    return voters.contains(node) || voters_outgoing.contains(node);
  }
  [[nodiscard]] bool is_member(NodeId node) const { return is_voter(node) || learners.contains(node); }
  [[nodiscard]] std::set<NodeId> members() const;

  // Whether those for whom `agrees` holds are a quorum.
  [[nodiscard]] bool is_quorum(const std::function<bool(NodeId)>& agrees) const;
  // The highest value that a quorum has reached.
  [[nodiscard]] std::uint64_t reached_by_quorum(const std::function<std::uint64_t(NodeId)>& value) const;

  bool operator==(const Configuration&) const = default;
};

// The payload of a configuration entry, and of a snapshot's header.
[[nodiscard]] std::string encode(const Configuration& configuration);
[[nodiscard]] std::optional<Configuration> decode_configuration(std::string_view bytes);

// "1 2 3", "1 2 3 was 1 2, learning 4".
[[nodiscard]] std::string describe(const Configuration& configuration);

}  // namespace vow::raft
