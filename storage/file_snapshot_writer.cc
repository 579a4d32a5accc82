#include "storage/file_snapshot_writer.h"

#include "storage/snapshot_names.h"

namespace vow::storage {

namespace format = snapshot_format;

Result<std::unique_ptr<SnapshotWriter>> FileSnapshotWriter::begin(FileSnapshotStore& store, LogPosition at,
                                                                  std::string_view configuration) {
  VOW_CHECK(!store.writing_, "a snapshot is being written already");
  auto file = store.disk_.open(snapshot_names::written_temporary, Disk::Open::create);
  if (!file.ok()) return Failure{file.error()};
  std::unique_ptr<FileSnapshotWriter> writer(
      new FileSnapshotWriter(store, std::move(file).value(), at, configuration));
  // What an earlier writer could not remove may still be there.
  if (auto emptied = writer->file_->truncate(0); !emptied.ok()) return Failure{emptied.error()};
  if (auto written = writer->write(format::encode_header(at, configuration)); !written.ok())
    return Failure{written.error()};
  return std::unique_ptr<SnapshotWriter>(std::move(writer));
}

FileSnapshotWriter::FileSnapshotWriter(FileSnapshotStore& store, std::unique_ptr<File> file, LogPosition at,
                                       std::string_view configuration)
    : store_(store), file_(std::move(file)), at_(at), configuration_(configuration) {
  store_.writing_ = true;
}

FileSnapshotWriter::~FileSnapshotWriter() {
  store_.writing_ = false;
  // If this fails, the next opening removes it.
  if (!installed_) (void)store_.disk_.remove(snapshot_names::written_temporary);
}

Result<void> FileSnapshotWriter::append(std::string_view chunk) {
  auto written = write(format::encode_chunk(chunk, checksum_));
  if (!written.ok()) return written;
  ++totals_.chunks;
  totals_.bytes += chunk.size();
  return sync_some();
}

Result<SnapshotMeta> FileSnapshotWriter::finish() {
  auto written = write(format::encode_footer(totals_, checksum_));
  over_ = true;
  if (!written.ok()) return Failure{written.error()};
  const SnapshotMeta meta{{at_, size_, checksum_}, configuration_};
  auto newer = store_.superseding(meta.id);
  if (!newer.ok()) return Failure{newer.error()};
  if (newer->has_value()) return **newer;
  if (auto done = store_.install(*file_, snapshot_names::written_temporary, meta.id); !done.ok())
    return Failure{done.error()};
  installed_ = true;
  return meta;
}

// All of it at the end would keep the disk, and so the log on it, busy for too long at once.
Result<void> FileSnapshotWriter::sync_some() {
  if (size_ - synced_ < sync_every_bytes) return {};
  auto synced = file_->sync();
  over_ = !synced.ok();
  synced_ = size_;
  return synced;
}

Result<void> FileSnapshotWriter::write(const std::string& record) {
  VOW_CHECK(!over_, "this snapshot has failed, or is finished");
  auto written = file_->write(size_, record);
  over_ = !written.ok();
  if (over_) return written;
  size_ += record.size();
  checksum_ = format::stored_checksum(record);
  return {};
}

}  // namespace vow::storage
