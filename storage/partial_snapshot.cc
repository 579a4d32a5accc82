#include "storage/partial_snapshot.h"

#include "storage/snapshot_names.h"
#include "storage/snapshot_scan.h"

namespace vow::storage {
namespace {

// How many bytes from the front are whole records of the file with this id.
Result<std::uint64_t> intact_bytes(File& file, const SnapshotId& id) {
  auto scan = SnapshotScan::begin(file, snapshot_names::partial(id));
  if (!scan.ok()) {
    if (scan.error().fault == Fault::failed) return Failure{scan.error()};
    return std::uint64_t{0};
  }
  if (scan->at() != id.at) return std::uint64_t{0};
  for (;;) {
    const auto chunk = scan->next();
    if (!chunk.ok() && chunk.error().fault == Fault::failed) return Failure{chunk.error()};
    if (!chunk.ok() || !chunk->has_value()) break;
  }
  return scan->position() <= id.size ? scan->position() : 0;
}

}  // namespace

Result<PartialSnapshot> PartialSnapshot::take_up(Disk& disk, const SnapshotId& id) {
  auto file = disk.open(snapshot_names::partial(id), Disk::Open::create);
  if (!file.ok()) return Failure{file.error()};
  PartialSnapshot partial(id, std::move(file).value());
  const auto intact = intact_bytes(*partial.file_, id);
  if (!intact.ok()) return Failure{intact.error()};
  if (auto cut = partial.file_->truncate(*intact); !cut.ok()) return Failure{cut.error()};
  partial.size_ = *intact;
  return partial;
}

Result<void> PartialSnapshot::append(std::string_view bytes) {
  const std::string_view wanted = bytes.substr(0, id_.size - size_);
  auto written = file_->write(size_, wanted);
  if (written.ok()) size_ += wanted.size();
  return written;
}

}  // namespace vow::storage
