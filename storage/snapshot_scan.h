// Reading a snapshot file with suspicion: nothing is handed out before its checksum, which is chained to all
// that came before it, has been found right.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "storage/disk.h"
#include "storage/snapshot_format.h"
#include "storage/snapshot_store.h"

namespace vow::storage {

// From the header over the chunks to the footer. The file must outlive the scan.
class SnapshotScan {
 public:
  // Verifies the header. The name serves messages alone.
  [[nodiscard]] static Result<SnapshotScan> begin(File& file, std::string name);

  // The next chunk; none once the footer has been verified and the file ends there.
  [[nodiscard]] Result<std::optional<std::string>> next();

  // Every byte before this one has been verified.
  [[nodiscard]] std::uint64_t position() const { return position_; }
  // Once next() has found the end: what the file is.
  [[nodiscard]] SnapshotMeta meta() const;
  [[nodiscard]] LogPosition at() const { return at_; }
  [[nodiscard]] const std::string& configuration() const { return configuration_; }

 private:
  SnapshotScan(File& file, std::string name) : file_(&file), name_(std::move(name)) {}
  [[nodiscard]] Result<void> read_header();
  [[nodiscard]] Result<std::string> read_chunk(const std::string& frame);
  [[nodiscard]] Result<void> read_footer();
  // These bytes after the verified ones, all of them.
  [[nodiscard]] Result<std::string> peek(std::size_t bytes);
  void accept(std::string_view record);
  [[nodiscard]] Failure<Error> damage(std::string_view what) const;

  File* file_;
  std::string name_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
  std::uint64_t checksum_ = 0;  // the last one verified
  snapshot_format::Totals totals_;
  LogPosition at_;
  std::string configuration_;
};

// Reads all of it. Fault::damaged unless it is, byte for byte, the file that the id names.
[[nodiscard]] Result<SnapshotMeta> verify_whole(File& file, const SnapshotId& id);
// Reads header and footer, and whether size, position and digest are those of the id. Damage between the two
// is left for next() to find.
[[nodiscard]] Result<SnapshotMeta> verify_ends(File& file, const SnapshotId& id);

}  // namespace vow::storage
