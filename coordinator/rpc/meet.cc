#include "coordinator/rpc/meet.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "coordinator/base/bytes.h"
#include "coordinator/base/check.h"
#include "coordinator/base/checksum.h"

namespace vow::rpc {
namespace {

// "a", "a and b", "a, b and c"
std::string enumerate(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

CellIdentity identity_of(const std::set<NodeId>& first_members) {
  ByteWriter out;
  out.bytes("vow cell");
  for (const NodeId node : first_members) out.u64(node.value());
  const std::uint64_t drawn = checksum(out.view());
  const auto cell = static_cast<std::uint32_t>(drawn);
  const auto incarnation = static_cast<std::uint32_t>(drawn >> 40);
  return {cell == 0 ? 1 : cell, incarnation == 0 ? 1 : incarnation};
}

Meet::Meet(NodeId self, std::uint64_t process, PeerList initial)
    : self_(self), process_(process), initial_(std::move(initial)) {
  VOW_CHECK(!self.is_zero(), "a node without an id cannot meet others");
}

void Meet::heard(const std::string& address, MeetAnswer answer) {
  VOW_CHECK(initial_.contains(address), "{} was not to be asked", address);
  heard_[address] = std::move(answer);
}

MeetAnswer Meet::answer() const {
  return {.node = self_, .process = process_, .initial = initial_, .seen = seen(), .formed = {}};
}

MeetStep Meet::step() const {
  if (initial_.size() <= 1) return BeginCell{.cell = founded()};
  if (const auto joined = join_formed()) return *joined;
  if (const auto why = refusal()) return RefuseToMeet{*why};

  const std::map<std::string, NodeId> seen_here = seen();
  std::vector<std::string> silent;
  std::vector<std::string> behind;
  bool is_listed = false;
  for (const std::string& address : initial_) {
    const auto found = heard_.find(address);
    if (found == heard_.end()) {
      silent.push_back(address);
    } else if (found->second.node == self_) {
      is_listed = true;
    } else if (found->second.seen != seen_here) {
      behind.push_back(address);
    }
  }
  if (!silent.empty()) return KeepAsking{enumerate(silent) + " to answer"};
  if (!is_listed) {
    return RefuseToMeet{
        fmt::format("none of the addresses in cluster.initial ({}) leads to this node; list the peer "
                    "address under which the others reach it",
                    to_string(initial_))};
  }
  if (!behind.empty()) return KeepAsking{enumerate(behind) + " to hear from all others"};
  return BeginCell{.cell = founded()};
}

// None if nobody has a cell.
std::optional<MeetStep> Meet::join_formed() const {
  const std::string* first = nullptr;
  const std::string* without_me = nullptr;
  const FormedCell* mine = nullptr;
  for (const auto& [address, answer] : heard_) {
    if (!answer.formed) continue;
    if (first == nullptr) first = &address;
    if (const auto& other = heard_.at(*first); answer.formed->identity.cell != other.formed->identity.cell) {
      return RefuseToMeet{fmt::format(
          "{} is a member of cell {} and {} of cell {}: they were not founded together; "
          "take the members of the wrong cell out of cluster.initial, or give them new data folders",
          *first, other.formed->identity.cell, address, answer.formed->identity.cell)};
    }
    if (answer.formed->members.contains(self_)) {
      mine = &*answer.formed;
    } else {
      without_me = &address;
    }
  }
  if (mine != nullptr) {
    std::set<NodeId> ids;
    for (const auto& [node, address] : mine->members) ids.insert(node);
    return BeginCell{*mine, identity_of(ids) == mine->identity};
  }
  if (without_me != nullptr)
    return RefuseToMeet{formed_without_me(*without_me, *heard_.at(*without_me).formed)};
  return std::nullopt;
}

std::string Meet::formed_without_me(const std::string& address, const FormedCell& cell) const {
  std::string mine = "HOST:PORT";
  for (const auto& [at, answer] : heard_) {
    if (answer.node == self_) mine = at;
  }
  std::string remove;
  for (const auto& [node, at] : cell.members) {
    if (at == mine) remove = fmt::format("`vow cluster remove {}` and ", node.value());
  }
  return fmt::format(
      "{} is a member of cell {}, which was founded without this node (id {}): this node's disk is "
      "new; remove the old member and add this one: {}`vow cluster add {} {}` at a member, and "
      "cluster.join = true here",
      address, cell.identity.cell, self_.value(), remove, self_.value(), mine);
}

std::optional<std::string> Meet::refusal() const {
  std::map<NodeId, const std::string*> addresses;
  for (const auto& [address, answer] : heard_) {
    if (answer.initial.empty()) {
      return fmt::format(
          "{} waits to be added to a cell (cluster.join = true) and cannot found one; "
          "give it cluster.initial = {}, or take it out of the list here",
          address, to_string(initial_));
    }
    if (answer.initial != initial_) {
      return fmt::format(
          "the lists of initial members differ: cluster.initial is {} here and {} at {}; give all of "
          "them the same list",
          to_string(initial_), to_string(answer.initial), address);
    }
    const auto [other, is_new] = addresses.try_emplace(answer.node, &address);
    if (!is_new && heard_.at(*other->second).process == answer.process) {
      return fmt::format(
          "{} and {} lead to the same node ({}); name each initial member once in cluster.initial",
          *other->second, address, answer.node.value());
    }
    if (!is_new || (answer.node == self_ && answer.process != process_)) {
      return fmt::format(
          "{} and {} are two nodes with one id ({}): one's disk is a copy of the other's; give "
          "one of them an empty data folder",
          is_new ? "this node" : *other->second, address, answer.node.value());
    }
  }
  return std::nullopt;
}

std::map<std::string, NodeId> Meet::seen() const {
  std::map<std::string, NodeId> seen;
  for (const auto& [address, answer] : heard_) seen.emplace(address, answer.node);
  return seen;
}

FormedCell Meet::founded() const {
  FormedCell cell;
  if (initial_.size() <= 1) {
    cell.members.emplace(self_, initial_.empty() ? std::string() : *initial_.begin());
  } else {
    for (const auto& [address, answer] : heard_) cell.members.emplace(answer.node, address);
  }
  std::set<NodeId> ids;
  for (const auto& [node, address] : cell.members) ids.insert(node);
  cell.identity = identity_of(ids);
  return cell;
}

}  // namespace vow::rpc
