// What waits to be sent to one peer, within bounds. Not thread-safe.
//
// Three lanes, so that what is large never keeps waiting what a cell lives by. Each gets into every frame:
//
//   small     votes, heartbeats, answers     first, up to a frame's size
//   appends   entries of the log, in order   as much as still fits, but one at least
//   chunks    pieces of snapshots            one, if another may be on its way
//
// Whatever is dropped, Raft sends again. So a queue that is full drops what waits, which is older than what
// comes; and as long as there is no connection, only the newest small messages are kept: entries and pieces
// of snapshots would be sent again anyway once there is one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "coordinator/node/transport.h"

namespace vow::rpc {

struct PeerQueueLimits {
  std::size_t messages_max = 16'384;
  std::size_t bytes_max = 16u << 20;
  std::size_t offline_messages_max = 64;
};

class PeerQueue {
 public:
  explicit PeerQueue(const PeerQueueLimits& limits) : limits_(limits) {}

  // A queue begins offline.
  void set_online(bool online);
  void push(node::PeerMessage message);

  // For one frame: about `bytes_max` bytes of messages; nothing if nothing waits.
  struct Batch {
    std::vector<node::PeerMessage> messages;
    std::size_t bytes = 0;
    std::size_t chunks = 0;
  };
  [[nodiscard]] Batch take(std::size_t bytes_max, bool with_chunk);

  [[nodiscard]] std::size_t messages() const { return small_.size() + appends_.size() + chunks_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Messages that were dropped here, since the beginning.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  struct Waiting {
    node::PeerMessage message;
    std::size_t bytes;
  };
  using Lane = std::deque<Waiting>;

  [[nodiscard]] Lane& lane_of(const node::PeerMessage& message);
  void move_first(Lane& lane, Batch& batch);
  void drop_first(Lane& lane);
  void drop_all(Lane& lane);

  const PeerQueueLimits limits_;
  bool online_ = false;
  Lane small_;
  Lane appends_;
  Lane chunks_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace vow::rpc
