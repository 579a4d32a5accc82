// Snapshots as files on a Disk; the format is in docs/formats/snapshot.md, the names in snapshot_names.h.
//
// How a snapshot becomes installed, and what a crash leaves at each step
//
//   written under a temporary name       a stray temporary, removed when the store is next opened
//   file synced                          the same
//   renamed to its final name            either the older snapshot or this one
//   directory synced: it is installed    this one
//   older ones removed                   this one; older ones that reappear are removed when next opened
//
// Opening syncs the directory before it removes anything, since a process that died after the rename may have
// left a name that only the page cache knows.
//
// A received file that is complete and verified loses its name as a partial one before it is synced: if that
// sync fails, its pages count as clean, and no later process may take them up and believe a second sync.
//
// latest() verifies header and footer, and that they belong to the file's name. What lies between is verified
// as it is read, by SnapshotReader::next(), and wholly before a received file is installed. read_raw()
// verifies nothing: the peer does.
//
// A damaged snapshot stays the latest, and is answered as damaged, until a newer one or the same file
// replaces it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "storage/disk.h"
#include "storage/partial_snapshot.h"
#include "storage/snapshot_store.h"

namespace vow::storage {

class FileSnapshotStore final : public SnapshotStore {
 public:
  // The disk must outlive the store, and the store its writers.
  [[nodiscard]] static Result<std::unique_ptr<FileSnapshotStore>> open_on(Disk& disk);

  [[nodiscard]] Result<std::optional<SnapshotMeta>> latest() override;
  [[nodiscard]] Result<std::unique_ptr<SnapshotReader>> open(const SnapshotId& id) override;
  [[nodiscard]] Result<std::unique_ptr<SnapshotWriter>> begin(LogPosition at,
                                                              std::string_view configuration) override;
  [[nodiscard]] Result<std::string> read_raw(const SnapshotId& id, std::uint64_t offset,
                                             std::size_t bytes_max) override;
  [[nodiscard]] Result<Received> receive(const SnapshotId& id, std::uint64_t offset,
                                         std::string_view bytes) override;

 private:
  friend class FileSnapshotWriter;
  explicit FileSnapshotStore(Disk& disk) : disk_(disk) {}

  [[nodiscard]] Result<void> clean_up();
  [[nodiscard]] Result<std::unique_ptr<File>> open_installed(const SnapshotId& id);
  // The installed snapshot that makes this one pointless, wholly verified; none if this one is newer, or is
  // the very file that repairs a damaged one.
  [[nodiscard]] Result<std::optional<SnapshotMeta>> superseding(const SnapshotId& id);
  // Another file than the last one is dropped.
  [[nodiscard]] Result<void> take_up_partial(const SnapshotId& id);
  [[nodiscard]] Result<Received> install_partial();
  // From a temporary name to installed.
  [[nodiscard]] Result<void> install(File& file, const std::string& temporary, const SnapshotId& id);
  void remove_outdated();
  void drop_partial();

  Disk& disk_;
  std::optional<SnapshotId> newest_;  // installed; its file may be damaged
  std::optional<PartialSnapshot> partial_;
  bool writing_ = false;
};

}  // namespace vow::storage
