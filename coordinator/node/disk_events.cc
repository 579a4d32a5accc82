// What the node does when its disk reports.
#include <algorithm>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/base/limits.h"
#include "coordinator/base/plant.h"
#include "coordinator/node/node.h"

namespace vow::node {
namespace {

// Pieces of a snapshot that may wait for the disk; the sender repeats what is dropped.
constexpr std::size_t chunks_being_stored_max = 4;

}  // namespace

void Node::disk_event(DiskEvent event) {
  if (stopped_) return;
  std::visit([&](auto& each) { on(std::move(each)); }, event);
}

void Node::on(const LogWritten& event) {
  while (!held_replies_.empty() && held_replies_.front().seq <= event.seq) {
    for (raft::Message& message : held_replies_.front().messages) ports_.transport.send(std::move(message));
    held_replies_.pop_front();
  }
  raft_.persisted(event.seq);
  if (refused_for_ticks_) {
    refused_for_ticks_.reset();
    raft_.set_writable(true);
  }
}

void Node::on(const LogRefused&) {
  refused_for_ticks_ = 0;
  raft_.set_writable(false);
}

void Node::on(const DiskFailed& event) { stop(event.error); }

// A snapshot is due when enough was applied since the last one. The machine goes on while it is being
// written.
void Node::consider_snapshot() {
  const bool due = entries_since_snapshot_ >= options_.snapshot_entries ||
                   bytes_since_snapshot_ >= options_.snapshot_bytes;
  if (!due || saving_ || loads_ > 0 || no_snapshot_for_ticks_ > 0) return;
  saving_ = true;
  entries_since_snapshot_ = 0;
  bytes_since_snapshot_ = 0;
  ports_.disk.submit(
      SaveSnapshot{applied_, raft::encode(raft_.configuration_at(applied_.index)), ports_.machine.freeze()});
}

void Node::on(const SnapshotSaved& event) {
  saving_ = false;
  if (!event.result) {
    if (event.result.error().fault != storage::Fault::no_space) return stop(event.result.error());
    // The old snapshot stays, and so does the log after it.
    no_snapshot_for_ticks_ = options_.disk_retry_ticks;
    entries_since_snapshot_ = options_.snapshot_entries;
    return;
  }
  const storage::LogPosition at = event.result->id.at;
  if (at.index <= snapshot_.index) return;
  snapshot_ = at;
  raft_.compact(raft_.log().compaction_point(at.index, options_.log_keep_entries, options_.snapshot_bytes));
}

void Node::on(SnapshotLoaded event) {
  VOW_CHECK(loads_ > 0, "a snapshot was loaded that nobody asked for");
  --loads_;
  const storage::LogPosition at = event.meta.id.at;
  if (at.index > applied_.index) {
    ports_.machine.adopt(std::move(event.loader));
    applied_ = at;
    ports_.machine.applied_to(at);
    entries_since_snapshot_ = 0;
    bytes_since_snapshot_ = 0;
  }
  apply_committed();
  answer_reads();
}

void Node::on(const SnapshotRead& event) {
  if (!event.bytes && event.bytes.error().fault != storage::Fault::absent) return stop(event.bytes.error());
  transfer_snapshots(snapshot_sender_.read(event));
}

void Node::on(const SnapshotStored& event) {
  --chunks_being_stored_;
  const SnapshotChunk& chunk = event.chunk;
  if (!event.result) {
    // Without room the leader's transfer dies down, and begins again later.
    if (event.result.error().fault != storage::Fault::no_space) stop(event.result.error());
    return;
  }
  SnapshotAck ack{options_.raft.self, chunk.from, chunk.term, chunk.id, event.result->offset, false};
  if (const auto& installed = event.result->installed) {
    const auto configuration = raft::decode_configuration(installed->configuration);
    if (!configuration) {
      return stop(
          {storage::Fault::damaged, fmt::format("the snapshot at index {} from node {} names no members",
                                                installed->id.at.index.value(), chunk.from.value())});
    }
    if (installed->id.at.index > snapshot_.index) snapshot_ = installed->id.at;
    raft_.snapshot_received(chunk.from, chunk.term, installed->id.at, *configuration);
    ack.installed = true;
  }
  ports_.transport.send(ack);
}

void Node::receive(const SnapshotChunk& chunk) {
  if (chunk.term != raft_.term() || chunks_being_stored_ >= chunks_being_stored_max) return;
  ++chunks_being_stored_;
  ports_.disk.submit(ReceiveSnapshot{chunk});
}

void Node::receive(const SnapshotAck& ack) { transfer_snapshots(snapshot_sender_.acknowledged(ack)); }

void Node::transfer_snapshots(SnapshotSender::Todo todo) {
  for (const ReadSnapshot& read : todo.read) ports_.disk.submit(read);
  for (SnapshotChunk& chunk : todo.send) ports_.transport.send(std::move(chunk));
  for (const auto& [follower, installed] : todo.ended) {
    if (installed) {
      raft_.snapshot_sent(follower, installed->index);
    } else {
      raft_.snapshot_failed(follower);
    }
  }
}

}  // namespace vow::node
