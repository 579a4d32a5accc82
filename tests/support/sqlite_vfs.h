// SQLite on any storage::Disk, such as one that loses power: the file system under SQLite, as a port.
//
// It does what SQLite's own one for Unix does where durability is concerned: no room is SQLITE_FULL for a
// write but never for a sync, short reads are completed, and the first sync of a new journal syncs its name
// too. A lock has one holder at a time, as SQLite's has in exclusive mode.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <sqlite3.h>

#include "storage/disk.h"

namespace vow::testing {

class SqliteVfs {
 public:
  // The disk must outlive it, and it every connection. SQLite draws all its random numbers from one source,
  // which is seeded here.
  SqliteVfs(storage::Disk& disk, int seed);
  ~SqliteVfs();
  SqliteVfs(const SqliteVfs&) = delete;
  SqliteVfs& operator=(const SqliteVfs&) = delete;

  [[nodiscard]] const char* name() const { return name_.c_str(); }

 private:
  friend struct SqliteVfsCalls;

  storage::Disk& disk_;
  std::string name_;
  sqlite3_vfs vfs_{};
  std::map<std::string, const void*> lock_holders_;
};

}  // namespace vow::testing
