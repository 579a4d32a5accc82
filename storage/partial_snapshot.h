// The bytes of a peer's snapshot file that are here so far, under a name that holds the file's id.
//
// They are not synced as they come. Instead, taking up a partial file after a restart verifies what is there
// and keeps the records that are whole, so that a power loss costs bytes to be sent again and nothing else.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "storage/disk.h"
#include "storage/snapshot_store.h"

namespace vow::storage {

class PartialSnapshot {
 public:
  // Goes on with what is there of this file, or begins it.
  [[nodiscard]] static Result<PartialSnapshot> take_up(Disk& disk, const SnapshotId& id);

  [[nodiscard]] const SnapshotId& id() const { return id_; }
  // How many bytes are here, and so the offset of the next one.
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool is_complete() const { return size_ == id_.size; }
  // Bytes beyond the end of the file are left out. A failure leaves size() as it is.
  [[nodiscard]] Result<void> append(std::string_view bytes);
  [[nodiscard]] File& file() { return *file_; }

 private:
  PartialSnapshot(const SnapshotId& id, std::unique_ptr<File> file) : id_(id), file_(std::move(file)) {}

  SnapshotId id_;
  std::unique_ptr<File> file_;
  std::uint64_t size_ = 0;
};

}  // namespace vow::storage
