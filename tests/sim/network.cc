#include "tests/sim/network.h"

#include <algorithm>
#include <utility>

#include "coordinator/base/checksum.h"

namespace vow::sim {
namespace {

std::uint64_t checksum_of(const std::vector<storage::Entry>& entries) {
  std::uint64_t sum = 0;
  for (const storage::Entry& entry : entries) sum = checksum(entry.payload.view(), sum);
  return sum;
}

std::string describe_one(const raft::Message& message) {
  const auto* append = std::get_if<raft::Append>(&message.body);
  if (append == nullptr || append->entries.empty()) return raft::describe(message);
  return fmt::format("{} #{:08x}", raft::describe(message), checksum_of(append->entries) & 0xffffffff);
}

std::string describe_one(const node::SnapshotChunk& chunk) {
  return fmt::format("{}->{} t{} snapshot chunk of {} at {}, {} bytes #{:08x}", to_string(chunk.from),
                     to_string(chunk.to), to_string(chunk.term), raft::describe(chunk.id.at), chunk.offset,
                     chunk.bytes.size(), checksum(chunk.bytes.view()) & 0xffffffff);
}

std::string describe_one(const node::SnapshotAck& ack) {
  return fmt::format("{}->{} t{} snapshot ack of {} at {}{}", to_string(ack.from), to_string(ack.to),
                     to_string(ack.term), raft::describe(ack.id.at), ack.offset,
                     ack.installed ? ", installed" : "");
}

}  // namespace

std::string describe(const node::PeerMessage& message) {
  return std::visit([](const auto& each) { return describe_one(each); }, message);
}

void Network::send(const node::PeerMessage& message) {
  if (observe_) observe_(message);
  if (!healed_ && random_.chance(world_.options.network.loss)) {
    world_.happened(Rare::message_lost);
    world_.trace.line("lost: {}", describe(message));
    return;
  }
  carry(message);
  if (!healed_ && random_.chance(world_.options.network.duplication)) {
    world_.happened(Rare::message_duplicated);
    carry(message);
  }
}

void Network::carry(const node::PeerMessage& message) {
  const NetworkOptions& options = world_.options.network;
  Time delay = options.latency_min + random_.below(options.latency_spread + 1);
  if (!healed_ && random_.chance(options.late)) delay += random_.below(options.late_max);
  world_.clock.after(delay, [this, message, sent_at = world_.clock.now(), sequence = next_sequence_++] {
    arrive(message, sent_at, sequence);
  });
}

void Network::arrive(const node::PeerMessage& message, Time sent_at, std::uint64_t sequence) {
  const NodeId from = node::sender(message);
  const NodeId to = node::receiver(message);
  if (is_cut(from, to)) {
    world_.trace.line("cut off: {}", describe(message));
    return;
  }
  const auto receiver = receivers_.find(to);
  if (receiver == receivers_.end()) {
    world_.trace.line("nobody there: {}", describe(message));
    return;
  }
  std::uint64_t& newest = newest_arrived_[{from, to}];
  if (sequence < newest) world_.happened(Rare::message_overtaken);
  newest = std::max(newest, sequence);
  if (!receivers_.contains(from)) world_.happened(Rare::message_outlived_sender);
  if (world_.clock.now() - sent_at > 2 * second) world_.happened(Rare::message_very_late);
  world_.trace.line("{}", describe(message));
  receiver->second(message);
}

std::uint64_t Network::cut(Cut cut) {
  cuts_[next_cut_] = std::move(cut);
  return next_cut_++;
}

void Network::heal_all() {
  cuts_.clear();
  healed_ = true;
}

bool Network::is_cut(NodeId from, NodeId to) const {
  return std::any_of(cuts_.begin(), cuts_.end(), [&](const auto& each) {
    const Cut& cut = each.second;
    const auto outside = [&](NodeId node) {
      return !cut.inside.contains(node) && (cut.outside.empty() || cut.outside.contains(node));
    };
    return (cut.outward && cut.inside.contains(from) && outside(to)) ||
           (cut.inward && cut.inside.contains(to) && outside(from));
  });
}

}  // namespace vow::sim
