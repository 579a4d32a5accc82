// The two records of the log's database, as bytes. docs/formats/log.md describes them.
//
// Entries are kept in runs: consecutive entries that were appended together, in one row, keyed by the index
// of the last of them. One row for each batch instead of one for each entry is what makes the log fast.
//
// Each run ends in a checksum, the `chain`, over its bytes and the chain of the run before it. So a run can
// neither change, vanish nor change places unnoticed, as long as the last chain is known; that one is in the
// state record, which has a checksum of its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/entry.h"
#include "storage/error.h"

namespace vow::storage {

// A run as it is stored: views into a row.
struct StoredRun {
  Index first;
  Index last;
  std::uint64_t previous = 0;  // the chain of the run before
  std::uint64_t chain = 0;
  std::string_view entries;  // encoded; verified by the chain
};

// A run is closed when it holds this much, so that reading one entry never costs much more.
inline constexpr std::size_t run_bytes_max = 64u << 10;

// How many of `entries`, at least one, go into the next run.
[[nodiscard]] std::size_t run_length(std::span<const Entry> entries);
struct EncodedRun {
  std::string record;
  std::uint64_t chain = 0;
};
[[nodiscard]] EncodedRun encode_run(std::span<const Entry> entries, std::uint64_t previous);
// Checks the chain and the key under which the record was found.
[[nodiscard]] Result<StoredRun> open_run(std::uint64_t key, std::string_view record);
// The entries of a verified run.
[[nodiscard]] std::vector<Entry> decode_entries(const StoredRun& run);

// Everything about the log that is not an entry. Written with every commit.
struct LogState {
  Identity identity;
  HardState hard_state;
  LogPosition base;
  LogPosition last;
  std::uint64_t chain = 0;    // of the last run that was written
  std::uint64_t commits = 0;  // how many there were, the creation included
  bool operator==(const LogState&) const = default;
};

inline constexpr std::uint32_t log_format_version = 1;

[[nodiscard]] std::string encode_state(const LogState& state);
[[nodiscard]] Result<LogState> decode_state(std::string_view record);

}  // namespace vow::storage
