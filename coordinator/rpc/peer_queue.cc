#include "coordinator/rpc/peer_queue.h"

#include <utility>

#include "coordinator/rpc/peer_codec.h"

namespace vow::rpc {

void PeerQueue::set_online(bool online) {
  online_ = online;
  if (online) return;
  drop_all(appends_);
  drop_all(chunks_);
  while (small_.size() > limits_.offline_messages_max) drop_first(small_);
}

void PeerQueue::push(node::PeerMessage message) {
  const std::size_t bytes = encoded_size(message);
  Lane& lane = lane_of(message);
  if (bytes > peer_message_bytes_max || (!online_ && &lane != &small_)) {
    ++dropped_;
    return;
  }
  if (!online_ && small_.size() >= limits_.offline_messages_max) drop_first(small_);
  const auto is_full = [&] {
    return messages() >= limits_.messages_max || bytes_ + bytes > limits_.bytes_max;
  };
  if (is_full()) {
    drop_all(appends_);
    drop_all(chunks_);
  }
  if (is_full()) drop_all(small_);
  lane.push_back({std::move(message), bytes});
  bytes_ += bytes;
}

PeerQueue::Batch PeerQueue::take(std::size_t bytes_max, bool with_chunk) {
  Batch batch;
  for (Lane* lane : {&small_, &appends_}) {
    for (bool first = true; !lane->empty() && (first || batch.bytes + lane->front().bytes <= bytes_max);
         first = false)
      move_first(*lane, batch);
  }
  if (with_chunk && !chunks_.empty()) {
    move_first(chunks_, batch);
    batch.chunks = 1;
  }
  return batch;
}

PeerQueue::Lane& PeerQueue::lane_of(const node::PeerMessage& message) {
  if (std::holds_alternative<node::SnapshotChunk>(message)) return chunks_;
  const auto* raft = std::get_if<raft::Message>(&message);
  return raft != nullptr && std::holds_alternative<raft::Append>(raft->body) ? appends_ : small_;
}

void PeerQueue::move_first(Lane& lane, Batch& batch) {
  batch.bytes += lane.front().bytes;
  bytes_ -= lane.front().bytes;
  batch.messages.push_back(std::move(lane.front().message));
  lane.pop_front();
}

void PeerQueue::drop_first(Lane& lane) {
  bytes_ -= lane.front().bytes;
  lane.pop_front();
  ++dropped_;
}

void PeerQueue::drop_all(Lane& lane) {
  while (!lane.empty()) drop_first(lane);
}

}  // namespace vow::rpc
