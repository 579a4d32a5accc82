#include "coordinator/cli/node_store.h"

#include <filesystem>

#include <fmt/format.h>

#include "coordinator/node/boot.h"

namespace vow::cli {
namespace {

using storage::Fault;
using storage::PosixDisk;

// As many as make two of one cell as good as impossible, and few enough for people to type, and for every
// JSON reader to keep exactly.
constexpr std::uint64_t node_id_max = (std::uint64_t{1} << 48) - 1;

storage::Result<std::unique_ptr<PosixDisk>> open_directory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return storage::failure(Fault::failed,
                            fmt::format("the directory {} cannot be made: {}", path, error.message()));
  }
  return PosixDisk::open_directory(path);
}

// What a start that was interrupted left.
storage::Result<void> empty(storage::Disk& disk) {
  const auto names = disk.list();
  if (!names) return Failure{names.error()};
  for (const std::string& name : *names) {
    if (auto removed = disk.remove(name); !removed) return removed;
  }
  return disk.sync_directory();
}

}  // namespace

storage::Result<std::unique_ptr<NodeStore>> NodeStore::open(const std::string& directory, Random random) {
  std::unique_ptr<NodeStore> store(new NodeStore);
  store->directory_ = directory;
  for (const auto& [disk, path] :
       {std::pair(&store->disk_, directory), std::pair(&store->log_disk_, directory + "/log"),
        std::pair(&store->snapshot_disk_, directory + "/snapshots")}) {
    auto opened = open_directory(path);
    if (!opened) return Failure{opened.error()};
    *disk = *std::move(opened);
  }
  const auto known = load_identity(*store->disk_);
  if (!known) return Failure{known.error()};
  if (*known) {
    store->identity_ = **known;
    return store;
  }
  const auto has_log = storage::log_files_exist(*store->log_disk_);
  if (!has_log) return Failure{has_log.error()};
  if (*has_log) {
    return storage::failure(
        Fault::damaged,
        fmt::format("{0}/log holds a log, but the file {0}/node, which says whose it is, is gone. "
                    "Restore it from a copy, or remove this node from its cell and add a new one "
                    "with an empty directory",
                    directory));
  }
  store->identity_.node = NodeId(random.between(1, node_id_max));
  if (auto saved = save_identity(*store->disk_, store->identity_); !saved) return Failure{saved.error()};
  return store;
}

storage::Result<void> NodeStore::begin(std::uint32_t cell, std::uint32_t incarnation,
                                       node::StateMachine& machine,
                                       const raft::Configuration& configuration) {
  VOW_CHECK(!has_cell(), "node {} belongs to cell {} already", identity_.node.value(), identity_.cell);
  for (storage::PosixDisk* disk : {log_disk_.get(), snapshot_disk_.get()}) {
    if (auto emptied = empty(*disk); !emptied) return emptied;
  }
  NodeIdentity member = identity_;
  member.cell = cell;
  member.incarnation = incarnation;

  auto snapshots = storage::FileSnapshotStore::open_on(*snapshot_disk_);
  if (!snapshots) return Failure{snapshots.error()};
  if (auto begun = node::bootstrap(**snapshots, machine, configuration); !begun) return begun;
  const storage::Identity identity{CellId(cell), identity_.node};
  if (auto created = storage::SqliteLogStore::create(log_place(), identity); !created) return created;
  if (auto saved = save_identity(*disk_, member); !saved) return saved;
  identity_ = member;
  return {};
}

storage::Result<void> NodeStore::open_log() {
  VOW_CHECK(has_cell(), "node {} belongs to no cell yet", identity_.node.value());
  auto snapshots = storage::FileSnapshotStore::open_on(*snapshot_disk_);
  if (!snapshots) return Failure{snapshots.error()};
  auto log = storage::SqliteLogStore::open(log_place(), log_identity());
  if (!log) return Failure{log.error()};
  snapshots_ = *std::move(snapshots);
  log_ = *std::move(log);
  return {};
}

}  // namespace vow::cli
