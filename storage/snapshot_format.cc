#include "storage/snapshot_format.h"

#include "coordinator/base/bytes.h"
#include "coordinator/base/check.h"
#include "coordinator/base/checksum.h"

namespace vow::storage::snapshot_format {
namespace {

constexpr std::string_view magic("VOWSNAP\n", 8);
constexpr std::size_t preamble_checked_bytes = preamble_bytes - 4;

std::uint32_t short_checksum(std::string_view bytes) { return static_cast<std::uint32_t>(checksum(bytes)); }

std::string with_checksum(std::string record, std::uint64_t seed) {
  ByteWriter sum;
  sum.u64(checksum(record, seed));
  return std::move(record) + sum.view();
}

std::string encode_preamble() {
  ByteWriter number;
  number.u32(version);
  const std::string checked = std::string(magic) + number.view();
  ByteWriter sum;
  sum.u32(short_checksum(checked));
  return checked + sum.view();
}

}  // namespace

std::string encode_header(LogPosition at, std::string_view configuration) {
  VOW_CHECK(configuration.size() <= configuration_bytes_max, "a configuration of {} bytes",
            configuration.size());
  const std::string preamble = encode_preamble();
  ByteWriter header;
  header.u64(at.index.value());
  header.u64(at.term.value());
  header.bytes(configuration);
  return preamble + with_checksum(header.take(), preamble_seed(preamble));
}

std::string encode_chunk(std::string_view content, std::uint64_t seed) {
  VOW_CHECK(content.size() <= chunk_bytes_max, "a snapshot chunk of {} bytes", content.size());
  ByteWriter chunk;
  chunk.u8(static_cast<std::uint8_t>(RecordKind::chunk));
  chunk.bytes(content);
  return with_checksum(chunk.take(), seed);
}

std::string encode_footer(const Totals& totals, std::uint64_t seed) {
  ByteWriter footer;
  footer.u8(static_cast<std::uint8_t>(RecordKind::footer));
  footer.u64(totals.chunks);
  footer.u64(totals.bytes);
  return with_checksum(footer.take(), seed);
}

std::uint64_t stored_checksum(std::string_view record) {
  VOW_CHECK(record.size() >= checksum_bytes, "a record of {} bytes has no checksum", record.size());
  return ByteReader(record.substr(record.size() - checksum_bytes)).u64();
}

bool is_intact(std::string_view record, std::uint64_t seed) {
  return stored_checksum(record) == checksum(record.substr(0, record.size() - checksum_bytes), seed);
}

std::uint64_t preamble_seed(std::string_view preamble) { return checksum(preamble); }

std::optional<std::uint32_t> decode_preamble(std::string_view preamble) {
  if (preamble.size() != preamble_bytes || !preamble.starts_with(magic)) return std::nullopt;
  ByteReader numbers(preamble.substr(magic.size()));
  const std::uint32_t found = numbers.u32();
  if (numbers.u32() != short_checksum(preamble.substr(0, preamble_checked_bytes))) return std::nullopt;
  return found;
}

std::optional<Totals> decode_footer(std::string_view footer) {
  ByteReader in(footer);
  if (in.u8() != static_cast<std::uint8_t>(RecordKind::footer)) return std::nullopt;
  Totals totals;
  totals.chunks = in.u64();
  totals.bytes = in.u64();
  return in.ok() ? std::optional(totals) : std::nullopt;
}

}  // namespace vow::storage::snapshot_format
