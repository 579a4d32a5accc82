// The port to the disk, and what is asked of it. The loop never waits for a disk: it submits jobs and later
// gets events.
//
// Two lanes, each carrying out its jobs in order: the log, where many jobs share one sync, and snapshots,
// which are long and must not delay it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/node/state_machine.h"
#include "coordinator/node/transport.h"
#include "coordinator/raft/output.h"
#include "storage/log_store.h"
#include "storage/snapshot_store.h"

namespace vow::node {

struct LogJob {
  raft::PersistSeq seq;
  storage::LogWrite write;
};

// Write the state machine's state as the newest snapshot.
struct SaveSnapshot {
  storage::LogPosition at;
  std::string configuration;
  std::unique_ptr<StateMachine::Frozen> frozen;
};
// Rebuild the state from the newest snapshot.
struct LoadSnapshot {
  std::unique_ptr<StateMachine::Loader> loader;
};
// Read a piece of a snapshot's file for a follower; of the newest one if `id` is none.
struct ReadSnapshot {
  NodeId follower;
  std::optional<storage::SnapshotId> id;
  std::uint64_t offset = 0;
};
// Store a piece that came from the leader.
struct ReceiveSnapshot {
  SnapshotChunk chunk;
};
using SnapshotJob = std::variant<SaveSnapshot, LoadSnapshot, ReadSnapshot, ReceiveSnapshot>;

// All log jobs up to this one are durable.
struct LogWritten {
  raft::PersistSeq seq;
};
// There is no room. Nothing was changed; the jobs wait until retry_log().
struct LogRefused {
  std::string what;
};
// The node must stop: what is on the disk is uncertain.
struct DiskFailed {
  storage::Error error;
};
struct SnapshotSaved {
  storage::Result<storage::SnapshotMeta> result;
};
struct SnapshotLoaded {
  storage::SnapshotMeta meta;
  std::unique_ptr<StateMachine::Loader> loader;
};
struct SnapshotRead {
  NodeId follower;
  std::optional<storage::SnapshotId> wanted;  // as in the job
  storage::SnapshotId id;
  std::uint64_t offset = 0;
  storage::Result<Payload> bytes;
};
struct SnapshotStored {
  SnapshotChunk chunk;  // without its bytes
  storage::Result<storage::Received> result;
};
using DiskEvent = std::variant<LogWritten, LogRefused, DiskFailed, SnapshotSaved, SnapshotLoaded,
                               SnapshotRead, SnapshotStored>;

class Disk {
 public:
  virtual ~Disk() = default;
  virtual void submit(LogJob job) = 0;
  virtual void submit(SnapshotJob job) = 0;
  // After LogRefused: try again.
  virtual void retry_log() = 0;
};

// What a lane does with its jobs, wherever it runs: on a thread of its own, or in the simulator.
// Empties `jobs` unless there was no room.
[[nodiscard]] DiskEvent carry_out(std::vector<LogJob>& jobs, storage::LogStore& store);
[[nodiscard]] DiskEvent carry_out(SnapshotJob job, storage::SnapshotStore& store);
// Feeds the newest snapshot to `loader`.
[[nodiscard]] storage::Result<storage::SnapshotMeta> load_newest(storage::SnapshotStore& store,
                                                                 StateMachine::Loader& loader);

}  // namespace vow::node
