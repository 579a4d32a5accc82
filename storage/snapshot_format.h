// The bytes of a snapshot file. docs/formats/snapshot.md specifies them, and this alone
// implements them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/snapshot_store.h"

namespace vow::storage::snapshot_format {

inline constexpr std::uint32_t version = 1;

inline constexpr std::size_t preamble_bytes = 16;
inline constexpr std::size_t header_fixed_bytes = 20;  // position, length of the configuration
inline constexpr std::size_t frame_bytes = 5;          // kind and length of a chunk
inline constexpr std::size_t checksum_bytes = 8;
inline constexpr std::size_t footer_bytes = 25;
// A longer length is damage, not a chunk to make room for.
inline constexpr std::size_t configuration_bytes_max = 1u << 20;
inline constexpr std::size_t chunk_bytes_max = 16u << 20;

// Numbers are never reused.
enum class RecordKind : std::uint8_t { chunk = 1, footer = 2 };

struct Totals {
  std::uint64_t chunks = 0;
  std::uint64_t bytes = 0;  // of the chunks' contents
  bool operator==(const Totals&) const = default;
};

// Each encoder ends its record with a checksum that is seeded with the one before it.
[[nodiscard]] std::string encode_header(LogPosition at, std::string_view configuration);
[[nodiscard]] std::string encode_chunk(std::string_view content, std::uint64_t seed);
[[nodiscard]] std::string encode_footer(const Totals& totals, std::uint64_t seed);

// The checksum at the end of a record.
[[nodiscard]] std::uint64_t stored_checksum(std::string_view record);
// Whether a record ends with the checksum that its bytes, and those before it, have.
[[nodiscard]] bool is_intact(std::string_view record, std::uint64_t seed);
// What the header's checksum is seeded with.
[[nodiscard]] std::uint64_t preamble_seed(std::string_view preamble);

// The version of an intact preamble; none if it is not one.
[[nodiscard]] std::optional<std::uint32_t> decode_preamble(std::string_view preamble);
// The totals of a footer whose checksum is known to be right; none if it is not a footer.
[[nodiscard]] std::optional<Totals> decode_footer(std::string_view footer);

}  // namespace vow::storage::snapshot_format
