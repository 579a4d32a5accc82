// Small snapshots for the tests, and short ways to make and read them.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/file_snapshot_store.h"

namespace vow::storage {

struct SampleSnapshot {
  LogPosition at;
  std::string configuration;
  std::vector<std::string> chunks;
  bool operator==(const SampleSnapshot&) const = default;
};

// Different bytes for different positions; the chunks are longer than a sector, and one of them is empty.
[[nodiscard]] SampleSnapshot sample(std::uint64_t index, std::uint64_t term = 3);

// Those that fail a check if the store does not do as it is told.
[[nodiscard]] std::unique_ptr<FileSnapshotStore> open_store(Disk& disk);
SnapshotMeta must_install(SnapshotStore& store, const SampleSnapshot& snapshot);
[[nodiscard]] std::optional<SnapshotMeta> must_have_latest(SnapshotStore& store);

[[nodiscard]] Result<SnapshotMeta> install(SnapshotStore& store, const SampleSnapshot& snapshot);
[[nodiscard]] Result<SampleSnapshot> read_back(SnapshotStore& store, const SnapshotId& id);

// The file of this snapshot as a peer would send it.
struct PeerFile {
  SnapshotId id;
  std::string bytes;
};
[[nodiscard]] PeerFile peer_file(const SampleSnapshot& snapshot);
// Sends the file in pieces, from wherever the receiver wants it, until it is installed.
[[nodiscard]] Result<SnapshotMeta> send(SnapshotStore& receiver, const PeerFile& file,
                                        std::size_t piece_bytes);

}  // namespace vow::storage
