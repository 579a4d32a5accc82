#include "coordinator/raft/configuration.h"

#include <algorithm>
#include <vector>

#include "coordinator/base/bytes.h"
#include "coordinator/base/limits.h"
#include "coordinator/base/plant.h"

namespace vow::raft {
namespace {

std::uint64_t reached_by_majority(const std::set<NodeId>& voters,
                                  const std::function<std::uint64_t(NodeId)>& value) {
  if (voters.empty()) return 0;
  std::vector<std::uint64_t> values;
  values.reserve(voters.size());
  for (const NodeId voter : voters) values.push_back(value(voter));
  std::sort(values.begin(), values.end(), std::greater<>());
  // The majority-th largest: that many have at least this.
  return values[voters.size() / 2];
}

void put(ByteWriter& out, const std::set<NodeId>& nodes) {
  out.u32(static_cast<std::uint32_t>(nodes.size()));
  for (const NodeId node : nodes) out.u64(node.value());
}

bool get(ByteReader& in, std::set<NodeId>& nodes) {
  const std::uint32_t count = in.u32();
  if (count > limits::members_max) return false;
  for (std::uint32_t i = 0; i < count; ++i) nodes.insert(NodeId(in.u64()));
  return in.ok() && nodes.size() == count && !nodes.contains(NodeId());
}

std::string describe(const std::set<NodeId>& nodes) {
  std::string text;
  for (const NodeId node : nodes) text += (text.empty() ? "" : " ") + to_string(node);
  return text;
}

}  // namespace

std::set<NodeId> Configuration::members() const {
  std::set<NodeId> all = voters;
  all.insert(voters_outgoing.begin(), voters_outgoing.end());
  all.insert(learners.begin(), learners.end());
  return all;
}

std::uint64_t Configuration::reached_by_quorum(const std::function<std::uint64_t(NodeId)>& value) const {
  if (VOW_PLANTED(learner_counts_in_quorum)) return reached_by_majority(members(), value);
  const std::uint64_t reached = reached_by_majority(voters, value);
  if (!joint() || VOW_PLANTED(old_majority_forgotten)) return reached;
  return std::min(reached, reached_by_majority(voters_outgoing, value));
}

bool Configuration::is_quorum(const std::function<bool(NodeId)>& agrees) const {
  return reached_by_quorum([&](NodeId node) { return std::uint64_t{agrees(node) ? 1U : 0U}; }) == 1;
}

std::string encode(const Configuration& configuration) {
  ByteWriter out;
  out.u32(configuration.version);
  put(out, configuration.voters);
  put(out, configuration.voters_outgoing);
  put(out, configuration.learners);
  return out.take();
}

std::optional<Configuration> decode_configuration(std::string_view bytes) {
  ByteReader in(bytes);
  Configuration configuration;
  configuration.version = in.u32();
  const bool sound = get(in, configuration.voters) && get(in, configuration.voters_outgoing) &&
                     get(in, configuration.learners) && in.at_end();
  if (!sound) return std::nullopt;
  return configuration;
}

std::string describe(const Configuration& configuration) {
  std::string text = describe(configuration.voters);
  if (configuration.joint()) text += " was " + describe(configuration.voters_outgoing);
  if (!configuration.learners.empty()) text += ", learning " + describe(configuration.learners);
  return text;
}

}  // namespace vow::raft
