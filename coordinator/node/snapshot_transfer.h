// Sending snapshots to followers: one piece at a time, each asked for again if it is not acknowledged.
//
//   wanted ──▶ reading ──read──▶ sending ──acknowledged──▶ reading … ──installed──▶ done
//                 ▲                 │ │
//                 └── no answer ────┘ └── no answer for too long ──▶ failed
//
// The follower says where to go on, so a transfer that was broken off, even by a restart of either side, is
// taken up where it stopped as long as the snapshot is the same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "coordinator/node/disk.h"
#include "coordinator/node/transport.h"

namespace vow::node {

class SnapshotSender {
 public:
  SnapshotSender(NodeId self, std::uint32_t retry_ticks) : self_(self), retry_ticks_(retry_ticks) {}

  struct Ended {
    NodeId follower;
    std::optional<storage::LogPosition> installed;  // none: failed
  };
  // What there is to do after a call.
  struct Todo {
    std::vector<ReadSnapshot> read;
    std::vector<SnapshotChunk> send;
    std::vector<Ended> ended;
  };

  [[nodiscard]] Todo wanted(NodeId follower, Term term);
  [[nodiscard]] Todo read(const SnapshotRead& event);
  [[nodiscard]] Todo acknowledged(const SnapshotAck& ack);
  [[nodiscard]] Todo tick();
  // This node leads no longer.
  void drop_all() { transfers_.clear(); }

 private:
  struct Transfer {
    Term term;
    std::optional<storage::SnapshotId> id;  // none until the first piece is read
    std::uint64_t offset = 0;
    bool reading = true;
    std::uint32_t ticks = 0;
    std::uint32_t tries = 0;
  };

  [[nodiscard]] static ReadSnapshot read_again(NodeId follower, Transfer& transfer);

  NodeId self_;
  std::uint32_t retry_ticks_;
  std::map<NodeId, Transfer> transfers_;
};

}  // namespace vow::node
