#include "storage/file_snapshot_store.h"

#include <algorithm>

#include <fmt/format.h>

#include "coordinator/base/plant.h"
#include "storage/file_snapshot_writer.h"
#include "storage/snapshot_names.h"
#include "storage/snapshot_scan.h"

namespace vow::storage {

namespace names = snapshot_names;

namespace {

class FileSnapshotReader final : public SnapshotReader {
 public:
  FileSnapshotReader(std::unique_ptr<File> file, SnapshotScan scan, SnapshotMeta meta)
      : file_(std::move(file)), scan_(std::move(scan)), meta_(std::move(meta)) {}

  [[nodiscard]] const SnapshotMeta& meta() const override { return meta_; }

  [[nodiscard]] Result<std::optional<std::string>> next() override {
    if (at_end_) return std::optional<std::string>();
    auto chunk = scan_.next();
    at_end_ = chunk.ok() && !chunk->has_value();
    return chunk;
  }

 private:
  std::unique_ptr<File> file_;
  SnapshotScan scan_;
  SnapshotMeta meta_;
  bool at_end_ = false;
};

bool is_newer(const SnapshotId& id, const std::optional<SnapshotId>& than) {
  return !than || id.at.index > than->at.index;
}

Failure<Error> is_absent(const SnapshotId& id) {
  return failure(Fault::absent,
                 fmt::format("snapshot {} is not installed; ask for the latest one", names::installed(id)));
}

}  // namespace

Result<std::unique_ptr<FileSnapshotStore>> FileSnapshotStore::open_on(Disk& disk) {
  std::unique_ptr<FileSnapshotStore> store(new FileSnapshotStore(disk));
  if (auto done = store->clean_up(); !done.ok()) return Failure{done.error()};
  return store;
}

Result<void> FileSnapshotStore::clean_up() {
  const auto all = disk_.list();
  if (!all.ok()) return Failure{all.error()};
  for (const std::string& name : *all)
    if (const auto id = names::parse_installed(name); id && is_newer(*id, newest_)) newest_ = id;
  std::optional<SnapshotId> resumable = newest_;
  for (const std::string& name : *all)
    if (const auto id = names::parse_partial(name); id && is_newer(*id, resumable)) resumable = id;

  if (newest_)
    if (auto synced = disk_.sync_directory(); !synced.ok()) return synced;
  for (const std::string& name : *all) {
    const auto installed = names::parse_installed(name);
    const auto partial = names::parse_partial(name);
    const bool is_stray = (installed && installed != newest_) || (partial && partial != resumable) ||
                          name == names::written_temporary || name == names::received_temporary;
    if (!is_stray) continue;
    if (auto removed = disk_.remove(name); !removed.ok()) return removed;
  }
  return {};
}

Result<std::optional<SnapshotMeta>> FileSnapshotStore::latest() {
  if (!newest_) return std::optional<SnapshotMeta>();
  const auto file = open_installed(*newest_);
  if (!file.ok()) return Failure{file.error()};
  auto meta = verify_ends(**file, *newest_);
  if (!meta.ok()) return Failure{meta.error()};
  return std::optional(std::move(meta).value());
}

Result<std::unique_ptr<SnapshotReader>> FileSnapshotStore::open(const SnapshotId& id) {
  if (id != newest_) return is_absent(id);
  auto file = open_installed(id);
  if (!file.ok()) return Failure{file.error()};
  auto meta = verify_ends(**file, id);
  if (!meta.ok()) return Failure{meta.error()};
  auto scan = SnapshotScan::begin(**file, names::installed(id));
  if (!scan.ok()) return Failure{scan.error()};
  return std::unique_ptr<SnapshotReader>(std::make_unique<FileSnapshotReader>(
      std::move(file).value(), std::move(scan).value(), std::move(meta).value()));
}

Result<std::unique_ptr<SnapshotWriter>> FileSnapshotStore::begin(LogPosition at,
                                                                 std::string_view configuration) {
  return FileSnapshotWriter::begin(*this, at, configuration);
}

Result<std::string> FileSnapshotStore::read_raw(const SnapshotId& id, std::uint64_t offset,
                                                std::size_t bytes_max) {
  if (id != newest_) return is_absent(id);
  const auto file = open_installed(id);
  if (!file.ok()) return Failure{file.error()};
  const std::uint64_t wanted = offset < id.size ? std::min<std::uint64_t>(bytes_max, id.size - offset) : 0;
  auto bytes = (*file)->read(offset, wanted);
  if (bytes.ok() && bytes->size() != wanted)
    return failure(Fault::damaged,
                   fmt::format("snapshot file {} is shorter than its name says; have this node "
                               "repaired from its peers, and check its disk",
                               names::installed(id)));
  return bytes;
}

Result<Received> FileSnapshotStore::receive(const SnapshotId& id, std::uint64_t offset,
                                            std::string_view bytes) {
  auto newer = superseding(id);
  if (!newer.ok()) return Failure{newer.error()};
  if (newer->has_value()) return Received{id.size, std::move(newer).value()};
  if (auto ready = take_up_partial(id); !ready.ok()) return Failure{ready.error()};
  if (offset == partial_->size() && !partial_->is_complete())
    if (auto written = partial_->append(bytes); !written.ok()) {
      if (written.error().fault != Fault::no_space) partial_.reset();
      return Failure{written.error()};
    }
  if (partial_->is_complete()) return install_partial();
  return Received{partial_->size(), std::nullopt};
}

Result<std::unique_ptr<File>> FileSnapshotStore::open_installed(const SnapshotId& id) {
  auto file = disk_.open(names::installed(id), Disk::Open::existing);
  if (file.ok() || file.error().fault != Fault::absent) return file;
  return failure(Fault::damaged,
                 fmt::format("snapshot file {} was installed and is gone; have this node repaired "
                             "from its peers, and find out who removed it",
                             names::installed(id)));
}

Result<std::optional<SnapshotMeta>> FileSnapshotStore::superseding(const SnapshotId& id) {
  if (is_newer(id, newest_)) return std::optional<SnapshotMeta>();
  const auto file = open_installed(*newest_);
  auto meta = file.ok() ? verify_whole(**file, *newest_) : Result<SnapshotMeta>(Failure{file.error()});
  if (meta.ok()) return std::optional(std::move(meta).value());
  if (meta.error().fault == Fault::damaged && id == newest_) return std::optional<SnapshotMeta>();
  return Failure{meta.error()};
}

Result<void> FileSnapshotStore::take_up_partial(const SnapshotId& id) {
  if (partial_ && partial_->id() == id) return {};
  partial_.reset();
  const auto all = disk_.list();
  if (!all.ok()) return Failure{all.error()};
  for (const std::string& name : *all) {
    const auto other = names::parse_partial(name);
    if (!other || *other == id) continue;
    if (auto removed = disk_.remove(name); !removed.ok()) return removed;
  }
  auto partial = PartialSnapshot::take_up(disk_, id);
  if (!partial.ok()) return Failure{partial.error()};
  partial_ = std::move(partial).value();
  return {};
}

Result<Received> FileSnapshotStore::install_partial() {
  const SnapshotId id = partial_->id();
  auto meta = verify_whole(partial_->file(), id);
  if (!meta.ok()) {
    drop_partial();
    if (meta.error().fault == Fault::damaged) return Received{};
    return Failure{meta.error()};
  }
  PartialSnapshot whole = std::move(*partial_);
  partial_.reset();
  if (auto renamed = disk_.rename(names::partial(id), names::received_temporary); !renamed.ok())
    return Failure{renamed.error()};
  if (auto done = install(whole.file(), names::received_temporary, id); !done.ok()) {
    // If this fails, the next opening removes it.
    (void)disk_.remove(names::received_temporary);
    return Failure{done.error()};
  }
  return Received{id.size, std::move(meta).value()};
}

Result<void> FileSnapshotStore::install(File& file, const std::string& temporary, const SnapshotId& id) {
  const std::string name = names::installed(id);
  if (VOW_PLANTED(snapshot_removes_older_first) && newest_) (void)disk_.remove(names::installed(*newest_));
  auto file_synced = VOW_PLANTED(snapshot_file_not_synced) ? Result<void>() : file.sync();
  if (!file_synced && VOW_PLANTED(failed_fsync_retried)) file_synced = file.sync();
  if (!file_synced.ok()) return file_synced;
  if (auto renamed = disk_.rename(temporary, name); !renamed.ok()) return renamed;
  auto name_synced = VOW_PLANTED(snapshot_name_not_synced) ? Result<void>() : disk_.sync_directory();
  if (!name_synced.ok()) {
    // Withdrawn: whether the disk has the name is unknown, and the next process must not take it for
    // installed. A name that was there before may stay, since it held nothing better.
    if (newest_ != id) (void)disk_.rename(name, temporary);
    return name_synced;
  }
  newest_ = id;
  remove_outdated();
  return {};
}

void FileSnapshotStore::remove_outdated() {
  // The newest one is durable: nothing depends on the success of this, and the next opening does it again.
  if (partial_ && !is_newer(partial_->id(), newest_)) partial_.reset();
  const auto all = disk_.list();
  if (!all.ok()) return;
  for (const std::string& name : *all) {
    const auto installed = names::parse_installed(name);
    const auto partial = names::parse_partial(name);
    const bool is_outdated = (installed && installed != newest_) || (partial && !is_newer(*partial, newest_));
    if (is_outdated) (void)disk_.remove(name);
  }
}

void FileSnapshotStore::drop_partial() {
  const std::string name = names::partial(partial_->id());
  partial_.reset();
  // If this fails, what is left is verified before it is taken up.
  (void)disk_.remove(name);
}

}  // namespace vow::storage
