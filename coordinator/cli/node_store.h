// A node's data directory:
//
//   node         whose it is (identity.h)
//   log/         the log of consensus (docs/formats/log.md)
//   snapshots/   of the replicated state (docs/formats/snapshot.md)
//
// One process at a time: each of the directories is locked.
#pragma once

#include <memory>
#include <string>

#include "coordinator/base/random.h"
#include "coordinator/cli/identity.h"
#include "coordinator/node/state_machine.h"
#include "coordinator/raft/configuration.h"
#include "storage/file_snapshot_store.h"
#include "storage/posix_disk.h"
#include "storage/sqlite_log_store.h"

namespace vow::cli {

class NodeStore {
 public:
  // Makes the directory if there is none, and draws an id for a new one.
  [[nodiscard]] static storage::Result<std::unique_ptr<NodeStore>> open(const std::string& directory,
                                                                        Random random);

  [[nodiscard]] const NodeIdentity& identity() const { return identity_; }
  [[nodiscard]] bool has_cell() const { return identity_.cell != 0; }
  // Gives the node its beginning in a cell: the first snapshot, of `machine` as it is, and an empty log.
  // Durable when it returns; before, it has no cell.
  [[nodiscard]] storage::Result<void> begin(std::uint32_t cell, std::uint32_t incarnation,
                                            node::StateMachine& machine,
                                            const raft::Configuration& configuration);
  // Opens log and snapshots; the node must have a cell. Verifies all of the log, which takes a while.
  [[nodiscard]] storage::Result<void> open_log();

  [[nodiscard]] storage::SqliteLogStore& log() { return *log_; }
  [[nodiscard]] storage::FileSnapshotStore& snapshots() { return *snapshots_; }

 private:
  NodeStore() = default;
  [[nodiscard]] storage::LogPlace log_place() const { return {*log_disk_, directory_ + "/log/", nullptr}; }
  [[nodiscard]] storage::Identity log_identity() const { return {CellId(identity_.cell), identity_.node}; }

  std::string directory_;
  NodeIdentity identity_;
  std::unique_ptr<storage::PosixDisk> disk_;
  std::unique_ptr<storage::PosixDisk> log_disk_;
  std::unique_ptr<storage::PosixDisk> snapshot_disk_;
  std::unique_ptr<storage::SqliteLogStore> log_;
  std::unique_ptr<storage::FileSnapshotStore> snapshots_;
};

}  // namespace vow::cli
