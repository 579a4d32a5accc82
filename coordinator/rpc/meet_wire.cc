#include "coordinator/rpc/meet_wire.h"

#include "coordinator/base/limits.h"

namespace vow::rpc {
namespace {

std::int64_t to_wire(NodeId node) { return static_cast<std::int64_t>(node.value()); }
NodeId node_from(std::int64_t wire) { return NodeId(static_cast<std::uint64_t>(wire)); }

bool is_address(const std::string& text) {
  const auto address = parse_peer_address(text);
  return address.ok() && to_string(*address) == text;
}

std::optional<FormedCell> from_wire(const wire::peer::Cell& said) {
  FormedCell cell{.identity = {.cell = static_cast<std::uint32_t>(said.cell),
                               .incarnation = static_cast<std::uint32_t>(said.incarnation)},
                  .members = {}};
  if (cell.identity.cell == 0 || cell.identity.incarnation == 0) return std::nullopt;
  for (const auto& [node, address] : said.members) {
    if (node == 0) return std::nullopt;
    cell.members.emplace(node_from(node), address);
  }
  return cell;
}

}  // namespace

wire::peer::MeetAnswer to_wire(const MeetAnswer& answer) {
  wire::peer::MeetAnswer said;
  said.node = to_wire(answer.node);
  said.process = static_cast<std::int64_t>(answer.process);
  said.initial = answer.initial;
  for (const auto& [address, node] : answer.seen) said.seen.emplace(address, to_wire(node));
  if (answer.formed) {
    wire::peer::Cell cell;
    cell.cell = static_cast<std::int32_t>(answer.formed->identity.cell);
    cell.incarnation = static_cast<std::int32_t>(answer.formed->identity.incarnation);
    for (const auto& [node, address] : answer.formed->members) cell.members.emplace(to_wire(node), address);
    said.__set_formed(cell);
  }
  return said;
}

std::optional<MeetAnswer> from_wire(const wire::peer::MeetAnswer& said) {
  if (said.node == 0) return std::nullopt;
  MeetAnswer answer{.node = node_from(said.node),
                    .process = static_cast<std::uint64_t>(said.process),
                    .initial = {},
                    .seen = {},
                    .formed = {}};
  for (const std::string& address : said.initial) {
    if (!is_address(address)) return std::nullopt;
    answer.initial.insert(address);
  }
  for (const auto& [address, node] : said.seen) {
    if (!is_address(address) || node == 0) return std::nullopt;
    answer.seen.emplace(address, node_from(node));
  }
  if (answer.initial.size() > limits::members_max || answer.seen.size() > limits::members_max)
    return std::nullopt;
  if (said.__isset.formed) {
    answer.formed = from_wire(said.formed);
    if (!answer.formed) return std::nullopt;
  }
  return answer;
}

}  // namespace vow::rpc
