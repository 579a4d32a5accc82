#include "coordinator/node/snapshot_transfer.h"

namespace vow::node {
namespace {
constexpr std::uint32_t tries_max = 10;
}  // namespace

ReadSnapshot SnapshotSender::read_again(NodeId follower, Transfer& transfer) {
  transfer.reading = true;
  transfer.ticks = 0;
  return {.follower = follower, .id = transfer.id, .offset = transfer.offset};
}

SnapshotSender::Todo SnapshotSender::wanted(NodeId follower, Term term) {
  Todo todo;
  const auto [at, is_new] = transfers_.try_emplace(follower, Transfer{.term = term, .id = {}});
  if (is_new) todo.read.push_back(read_again(follower, at->second));
  return todo;
}

SnapshotSender::Todo SnapshotSender::read(const SnapshotRead& event) {
  Todo todo;
  const auto found = transfers_.find(event.follower);
  if (found == transfers_.end()) return todo;
  Transfer& transfer = found->second;
  if (!transfer.reading || event.wanted != transfer.id || event.offset != transfer.offset) return todo;

  if (!event.bytes.ok()) {
    const bool replaced = event.bytes.error().fault == storage::Fault::absent && transfer.id.has_value();
    if (replaced) {
      // A newer snapshot took its place: begin again with that one.
      transfer.id.reset();
      transfer.offset = 0;
      todo.read.push_back(read_again(event.follower, transfer));
    } else {
      transfers_.erase(found);
      todo.ended.push_back({event.follower, std::nullopt});
    }
    return todo;
  }
  transfer.reading = false;
  transfer.id = event.id;
  todo.send.push_back({self_, event.follower, transfer.term, event.id, event.offset, *event.bytes});
  return todo;
}

SnapshotSender::Todo SnapshotSender::acknowledged(const SnapshotAck& ack) {
  Todo todo;
  const auto found = transfers_.find(ack.from);
  if (found == transfers_.end()) return todo;
  Transfer& transfer = found->second;
  if (ack.term != transfer.term || ack.id != transfer.id) return todo;
  if (ack.installed) {
    transfers_.erase(found);
    todo.ended.push_back({ack.from, ack.id.at});
    return todo;
  }
  // The same offset again is an old answer, or a piece that was not taken; the clock decides which.
  if (transfer.reading || ack.offset == transfer.offset) return todo;
  transfer.offset = ack.offset;
  transfer.tries = 0;
  todo.read.push_back(read_again(ack.from, transfer));
  return todo;
}

SnapshotSender::Todo SnapshotSender::tick() {
  Todo todo;
  for (auto at = transfers_.begin(); at != transfers_.end();) {
    auto& [follower, transfer] = *at;
    if (transfer.reading || ++transfer.ticks < retry_ticks_) {
      ++at;
    } else if (++transfer.tries < tries_max) {
      todo.read.push_back(read_again(follower, transfer));
      ++at;
    } else {
      todo.ended.push_back({follower, std::nullopt});
      at = transfers_.erase(at);
    }
  }
  return todo;
}

}  // namespace vow::node
