// A VFS in front of SQLite's own that counts the syncs, told apart by what they are for.
#pragma once

#include <cstdint>

namespace vow::bench {

struct SyncCounts {
  std::uint64_t commits = 0;      // of the write-ahead log, after frames were written
  std::uint64_t headers = 0;      // of the write-ahead log, after its header was rewritten
  std::uint64_t checkpoints = 0;  // of the database, and of the write-ahead log before it is copied

  [[nodiscard]] std::uint64_t all() const { return commits + headers + checkpoints; }
  SyncCounts operator-(const SyncCounts& other) const {
    return {commits - other.commits, headers - other.headers, checkpoints - other.checkpoints};
  }
};

inline constexpr const char* counting_vfs_name = "counting";

void register_counting_vfs();
[[nodiscard]] SyncCounts sync_counts();

}  // namespace vow::bench
