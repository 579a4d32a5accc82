// The port to the other nodes, and what travels through it.
#pragma once

#include <cstdint>
#include <variant>

#include "coordinator/base/payload.h"
#include "coordinator/raft/message.h"
#include "storage/snapshot_store.h"

namespace vow::node {

// A piece of a snapshot's file, for a follower that needs what is compacted away.
struct SnapshotChunk {
  NodeId from;
  NodeId to;
  Term term;
  storage::SnapshotId id;
  std::uint64_t offset = 0;
  Payload bytes;
};

// Where to go on, or that all of it is there, checked and durable.
struct SnapshotAck {
  NodeId from;
  NodeId to;
  Term term;
  storage::SnapshotId id;
  std::uint64_t offset = 0;
  bool installed = false;
};

using PeerMessage = std::variant<raft::Message, SnapshotChunk, SnapshotAck>;

[[nodiscard]] inline NodeId sender(const PeerMessage& m) {
  return std::visit([](const auto& each) { return each.from; }, m);
}
[[nodiscard]] inline NodeId receiver(const PeerMessage& m) {
  return std::visit([](const auto& each) { return each.to; }, m);
}

class Transport {
 public:
  virtual ~Transport() = default;
  // Never blocks. May lose, delay, reorder and duplicate.
  virtual void send(PeerMessage message) = 0;
};

}  // namespace vow::node
