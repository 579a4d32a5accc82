// A snapshot on its way from the local state machine into a FileSnapshotStore. After any failure it can only
// be destroyed; where the fault was Fault::no_space, another may be begun when there is room.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "storage/file_snapshot_store.h"
#include "storage/snapshot_format.h"

namespace vow::storage {

class FileSnapshotWriter final : public SnapshotWriter {
 public:
  // Of a new, empty file under snapshot_names::written_temporary.
  [[nodiscard]] static Result<std::unique_ptr<SnapshotWriter>> begin(FileSnapshotStore& store, LogPosition at,
                                                                     std::string_view configuration);
  ~FileSnapshotWriter() override;
  FileSnapshotWriter(const FileSnapshotWriter&) = delete;
  FileSnapshotWriter& operator=(const FileSnapshotWriter&) = delete;

  [[nodiscard]] Result<void> append(std::string_view chunk) override;
  // If the store has come by a snapshot that is no older in the meantime, that one is the answer.
  [[nodiscard]] Result<SnapshotMeta> finish() override;

 private:
  FileSnapshotWriter(FileSnapshotStore& store, std::unique_ptr<File> file, LogPosition at,
                     std::string_view configuration);
  [[nodiscard]] Result<void> write(const std::string& record);
  [[nodiscard]] Result<void> sync_some();

  static constexpr std::uint64_t sync_every_bytes = 1u << 20;

  FileSnapshotStore& store_;
  std::unique_ptr<File> file_;
  LogPosition at_;
  std::string configuration_;
  std::uint64_t size_ = 0;
  std::uint64_t synced_ = 0;
  std::uint64_t checksum_ = 0;  // of the last record
  snapshot_format::Totals totals_;
  bool over_ = false;  // failed, or finished
  bool installed_ = false;
};

}  // namespace vow::storage
