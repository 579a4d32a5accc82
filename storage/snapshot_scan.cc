#include "storage/snapshot_scan.h"

#include <fmt/format.h>

#include "coordinator/base/bytes.h"
#include "storage/snapshot_names.h"

namespace vow::storage {

namespace format = snapshot_format;

namespace {

Failure<Error> damaged(std::string_view name, std::uint64_t position, std::string_view what) {
  return failure(
      Fault::damaged,
      fmt::format("snapshot file {} is damaged at byte {}: {}; have this node repaired from its peers, "
                  "and check its disk",
                  name, position, what));
}

Failure<Error> is_another(const SnapshotId& id) {
  return damaged(snapshot_names::installed(id), 0, "its size, position or digest is not what its name says");
}

}  // namespace

Result<SnapshotScan> SnapshotScan::begin(File& file, std::string name) {
  SnapshotScan scan(file, std::move(name));
  const auto size = file.size();
  if (!size.ok()) return Failure{size.error()};
  scan.size_ = *size;
  if (auto header = scan.read_header(); !header.ok()) return Failure{header.error()};
  return scan;
}

Result<void> SnapshotScan::read_header() {
  const auto fixed = peek(format::preamble_bytes + format::header_fixed_bytes);
  if (!fixed.ok()) return Failure{fixed.error()};
  const std::string preamble = fixed->substr(0, format::preamble_bytes);
  const auto version = format::decode_preamble(preamble);
  if (!version) return damage("it does not begin as a snapshot does");
  if (*version != format::version)
    return failure(
        Fault::wrong_version,
        fmt::format("snapshot file {} has format version {}, this Vow reads version {}; run the Vow that "
                    "wrote it, or a later one",
                    name_, *version, format::version));
  ByteReader numbers(std::string_view(*fixed).substr(format::preamble_bytes));
  const LogPosition at{Index(numbers.u64()), Term(numbers.u64())};
  const std::uint32_t configuration_bytes = numbers.u32();
  if (configuration_bytes > format::configuration_bytes_max) return damage("its configuration is too long");

  const auto whole = peek(fixed->size() + configuration_bytes + format::checksum_bytes);
  if (!whole.ok()) return Failure{whole.error()};
  if (!format::is_intact(std::string_view(*whole).substr(format::preamble_bytes),
                         format::preamble_seed(preamble)))
    return damage("the header does not match its checksum");
  accept(*whole);
  at_ = at;
  configuration_ = whole->substr(fixed->size(), configuration_bytes);
  return {};
}

Result<std::optional<std::string>> SnapshotScan::next() {
  const auto frame = peek(format::frame_bytes);
  if (!frame.ok()) return Failure{frame.error()};
  switch (static_cast<format::RecordKind>(frame->front())) {
    case format::RecordKind::chunk: {
      auto content = read_chunk(*frame);
      if (!content.ok()) return Failure{content.error()};
      return std::optional(std::move(content).value());
    }
    case format::RecordKind::footer:
      if (auto footer = read_footer(); !footer.ok()) return Failure{footer.error()};
      return std::optional<std::string>();
  }
  return damage("neither a chunk nor the footer begins here");
}

Result<std::string> SnapshotScan::read_chunk(const std::string& frame) {
  const std::uint32_t length = ByteReader(std::string_view(frame).substr(1)).u32();
  if (length > format::chunk_bytes_max) return damage("a chunk is too long");
  const auto record = peek(format::frame_bytes + length + format::checksum_bytes);
  if (!record.ok()) return Failure{record.error()};
  if (!format::is_intact(*record, checksum_)) return damage("a chunk does not match its checksum");
  accept(*record);
  ++totals_.chunks;
  totals_.bytes += length;
  return record->substr(format::frame_bytes, length);
}

Result<void> SnapshotScan::read_footer() {
  const auto record = peek(format::footer_bytes);
  if (!record.ok()) return Failure{record.error()};
  if (!format::is_intact(*record, checksum_)) return damage("the footer does not match its checksum");
  if (format::decode_footer(*record) != totals_) return damage("the totals are not those of the chunks");
  if (position_ + record->size() != size_) return damage("bytes follow the footer");
  accept(*record);
  return {};
}

SnapshotMeta SnapshotScan::meta() const {
  VOW_CHECK(position_ == size_, "byte {} of {} is not the end of {}", position_, size_, name_);
  return {{at_, size_, checksum_}, configuration_};
}

Result<std::string> SnapshotScan::peek(std::size_t bytes) {
  if (bytes > size_ - position_) return damage("it ends too early");
  auto found = file_->read(position_, bytes);
  if (found.ok() && found->size() != bytes) return damage("it became shorter while it was read");
  return found;
}

void SnapshotScan::accept(std::string_view record) {
  position_ += record.size();
  checksum_ = format::stored_checksum(record);
}

Failure<Error> SnapshotScan::damage(std::string_view what) const { return damaged(name_, position_, what); }

Result<SnapshotMeta> verify_whole(File& file, const SnapshotId& id) {
  auto scan = SnapshotScan::begin(file, snapshot_names::installed(id));
  if (!scan.ok()) return Failure{scan.error()};
  for (;;) {
    const auto chunk = scan->next();
    if (!chunk.ok()) return Failure{chunk.error()};
    if (!chunk->has_value()) break;
  }
  SnapshotMeta meta = scan->meta();
  if (meta.id != id) return is_another(id);
  return meta;
}

Result<SnapshotMeta> verify_ends(File& file, const SnapshotId& id) {
  const std::string name = snapshot_names::installed(id);
  auto scan = SnapshotScan::begin(file, name);
  if (!scan.ok()) return Failure{scan.error()};
  // The footer is seeded with the checksum that ends the record before it.
  const std::uint64_t tail_bytes = format::checksum_bytes + format::footer_bytes;
  const auto size = file.size();
  if (!size.ok()) return Failure{size.error()};
  if (*size != id.size || id.size < scan->position() + format::footer_bytes || scan->at() != id.at)
    return is_another(id);
  const auto tail = file.read(id.size - tail_bytes, tail_bytes);
  if (!tail.ok()) return Failure{tail.error()};
  if (tail->size() != tail_bytes)
    return damaged(name, id.size - tail_bytes, "it became shorter while it was read");
  const std::string_view footer = std::string_view(*tail).substr(format::checksum_bytes);
  const std::uint64_t seed =
      format::stored_checksum(std::string_view(*tail).substr(0, format::checksum_bytes));
  if (!format::is_intact(footer, seed) || !format::decode_footer(footer))
    return damaged(name, id.size - footer.size(), "the footer does not match its checksum");
  if (format::stored_checksum(footer) != id.digest) return is_another(id);
  return SnapshotMeta{id, scan->configuration()};
}

}  // namespace vow::storage
