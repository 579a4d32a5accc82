// Counts how often SQLite makes files durable: a file system that is SQLite's own but for that.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include <sqlite3.h>

namespace vow::bench {

// Outlives the connections that use it.
class SyncCounter {
 public:
  SyncCounter();
  ~SyncCounter();
  SyncCounter(const SyncCounter&) = delete;
  SyncCounter& operator=(const SyncCounter&) = delete;

  // Of the file system, as sqlite3_open_v2() takes it.
  [[nodiscard]] const char* vfs() const { return name_.c_str(); }
  [[nodiscard]] std::uint64_t syncs() const { return syncs_.load(std::memory_order_relaxed); }

 private:
  static int open(sqlite3_vfs* self, const char* name, sqlite3_file* file, int flags, int* flags_out);
  static int sync(sqlite3_file* file, int flags);

  std::atomic<std::uint64_t> syncs_{0};
  std::string name_;
  sqlite3_vfs vfs_;
};

}  // namespace vow::bench
