// The log's files: their names, how they come into being, and what SQLite itself does not check about them.
//
//   log.db       the database: runs of entries, and the state record
//   log.db-wal   its write-ahead log, reserved at creation and overwritten in place
//   log.witness  commit_witness.h
//
// Creation is complete with the rename of the finished database to its name, which comes last. So a database
// without the other two has lost them; those without a database are what an interrupted creation left.
#pragma once

#include <memory>
#include <string>

#include "storage/commit_witness.h"
#include "storage/disk.h"
#include "storage/log_record.h"
#include "storage/sqlite_connection.h"
#include "storage/wal_scan.h"

namespace vow::storage {

inline constexpr const char* log_database_name = "log.db";
inline constexpr const char* log_wal_name = "log.db-wal";
inline constexpr const char* log_witness_name = "log.witness";

// Where the files are, for ourselves and for SQLite: both must mean the same directory.
struct LogPlace {
  Disk& disk;
  std::string sqlite_path_prefix;  // "/var/lib/vow/"
  const char* vfs = nullptr;       // null: SQLite's own
};

// Are there files from which a log should be opened? False if there are none, or only what an interrupted
// creation left. Fault::damaged if some are missing.
[[nodiscard]] Result<bool> log_files_exist(Disk& disk);

// There must be no log. On failure there is none either.
[[nodiscard]] Result<void> create_log_files(const LogPlace& place, const LogGeometry& geometry,
                                            const LogState& state);

// Opens the database as its only user, and changes nothing.
[[nodiscard]] Result<std::unique_ptr<Connection>> connect_to_log(const LogPlace& place);

// Is this the database that create_log_files() made? Checks what SQLite takes on trust: that its tables are
// ours, and that its pages form trees in which each page and each key has one place.
[[nodiscard]] Result<void> check_structure(Connection& connection);

// Does the database hold these pages of a write-ahead log whose header is torn?
[[nodiscard]] Result<void> check_copied(Connection& connection, File& wal, const WalScan& scan,
                                        std::uint32_t page_bytes);

[[nodiscard]] Result<LogState> load_state(Connection& connection);

}  // namespace vow::storage
