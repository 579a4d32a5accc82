#include "storage/log_database.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace vow::storage {

namespace {

constexpr const char* unfinished_name = "log.new";
constexpr std::uint32_t application_id = 0x566f774c;  // "VowL"
constexpr std::string_view runs_sql = "CREATE TABLE runs (last INTEGER PRIMARY KEY, record BLOB NOT NULL)";
constexpr std::string_view state_sql = "CREATE TABLE state (id INTEGER PRIMARY KEY, record BLOB NOT NULL)";

Failure<Error> damaged(std::string_view why) {
  return failure(Fault::damaged,
                 fmt::format("the log's database {} is damaged: {}; remove the store and let the node "
                             "join anew",
                             log_database_name, why));
}

Result<void> write_database(const LogPlace& place, const LogGeometry& geometry, const LogState& state) {
  auto opened = Connection::open(place.sqlite_path_prefix + unfinished_name,
                                 SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, place.vfs);
  if (!opened) return Failure{opened.error()};
  Connection& connection = **opened;
  const std::string settings = fmt::format(
      "PRAGMA page_size={}; PRAGMA auto_vacuum=NONE; PRAGMA encoding='UTF-8'; PRAGMA application_id={};"
      "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; BEGIN; {}; {};",
      geometry.page_bytes, application_id, runs_sql, state_sql);
  if (auto done = connection.run(settings.c_str()); !done) return done;
  Result<Statement> insert = connection.prepare("INSERT INTO state (id, record) VALUES (1, ?1)");
  if (!insert) return Failure{insert.error()};
  const std::string record = encode_state(state);
  insert->bind(1, record);
  if (auto done = insert->run(); !done) return done;
  return connection.run("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)");
}

// In pieces of a page: Linux caches a file in units as large as the writes that made it, and goes through a
// whole unit for each page that is overwritten. With pieces of 1 MiB commits took a fifth longer.
Result<void> write_zeros(Disk& disk, const std::string& name, std::uint64_t bytes) {
  Result<std::unique_ptr<File>> file = disk.open(name, Disk::Open::create);
  if (!file) return Failure{file.error()};
  if (auto done = (*file)->truncate(0); !done) return done;
  const std::string zeros(4096, '\0');
  for (std::uint64_t at = 0; at < bytes; at += zeros.size()) {
    const auto piece = std::string_view(zeros).substr(0, std::min<std::uint64_t>(zeros.size(), bytes - at));
    if (auto done = (*file)->write(at, piece); !done) return done;
  }
  return (*file)->sync();
}

Result<void> remove_unfinished(Disk& disk) {
  const Result<std::vector<std::string>> names = disk.list();
  if (!names) return Failure{names.error()};
  for (const std::string& name : *names)
    if (name.starts_with(unfinished_name))
      if (auto done = disk.remove(name); !done) return done;
  return {};
}

// SQLite's file header: what it says may not differ from what was created, except for its counters.
// https://www.sqlite.org/fileformat2.html#the_database_header
Result<void> check_header(Connection& connection) {
  std::array<char, 100> header{};
  sqlite3_file& file = connection.main_file();
  const int code = file.pMethods->xRead(&file, header.data(), static_cast<int>(header.size()), 0);
  if (code == SQLITE_IOERR_SHORT_READ) return damaged("it is cut short");
  if (code != SQLITE_OK) return sqlite_failure(connection.handle(), code, "read the header");
  const auto big_endian = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(header[at + i]);
    return value;
  };
  const std::string_view bytes(header.data(), header.size());
  using namespace std::string_view_literals;
  const bool is_ours =
      bytes.substr(0, 16) == "SQLite format 3\0"sv &&
      bytes.substr(18, 6) == "\x02\x02\x00\x40\x20\x20"sv &&  // WAL, no reserved bytes, fractions
      big_endian(44) == 4 && big_endian(56) == 1 &&           // schema format, UTF-8
      big_endian(68) == application_id;
  const bool has_zeros = big_endian(48) == 0 && big_endian(52) == 0 && big_endian(60) == 0 &&
                         big_endian(64) == 0 &&
                         bytes.substr(72, 20).find_first_not_of('\0') == std::string_view::npos;
  if (!is_ours || !has_zeros) return damaged("its header is not that of a log");
  return {};
}

}  // namespace

Result<bool> log_files_exist(Disk& disk) {
  const Result<bool> has_database = disk.exists(log_database_name);
  if (!has_database) return Failure{has_database.error()};
  if (*has_database) {
    for (const char* name : {log_wal_name, log_witness_name}) {
      const Result<bool> exists = disk.exists(name);
      if (!exists) return Failure{exists.error()};
      if (!*exists)
        return failure(Fault::damaged,
                       fmt::format("{} is missing, but {} is there; restore both from the same moment, "
                                   "or remove the store and let the node join anew",
                                   name, log_database_name));
    }
    return true;
  }
  const Result<CommitWitness> witness = CommitWitness::open(disk, log_witness_name);
  if (witness && witness->last().commits > 1)
    return damaged(
        fmt::format("it is missing, and {} counts {} commits", log_witness_name, witness->last().commits));
  return false;
}

Result<void> create_log_files(const LogPlace& place, const LogGeometry& geometry, const LogState& state) {
  Disk& disk = place.disk;
  if (auto done = remove_unfinished(disk); !done) return done;
  if (auto done = write_database(place, geometry, state); !done) return done;
  Result<std::unique_ptr<File>> database = disk.open(unfinished_name, Disk::Open::existing);
  if (!database) return Failure{database.error()};
  if (auto done = (*database)->sync(); !done) return done;
  if (auto done = write_zeros(disk, log_wal_name, geometry.wal_bytes); !done) return done;
  if (auto witness = CommitWitness::create(disk, log_witness_name, geometry, state); !witness)
    return Failure{witness.error()};
  // The other names must be there before the one that says that all is.
  if (auto done = disk.sync_directory(); !done) return done;
  if (auto done = disk.rename(unfinished_name, log_database_name); !done) return done;
  return disk.sync_directory();
}

Result<std::unique_ptr<Connection>> connect_to_log(const LogPlace& place) {
  auto opened =
      Connection::open(place.sqlite_path_prefix + log_database_name, SQLITE_OPEN_READWRITE, place.vfs);
  if (!opened) return opened;
  Connection& connection = **opened;
  if (auto done = check_header(connection); !done) return Failure{done.error()};
  // Closing must change nothing: the one way to open is the way after a crash.
  int is_set = 0;
  const int code = sqlite3_db_config(connection.handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, &is_set);
  VOW_CHECK(code == SQLITE_OK && is_set == 1, "SQLite would checkpoint on closing: code {}", code);
  // Debian's SQLite overwrites deleted rows unless told not to.
  if (auto done = connection.run(
          "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0;"
          "PRAGMA secure_delete=OFF; PRAGMA cache_spill=OFF; PRAGMA mmap_size=0;"
          "PRAGMA temp_store=MEMORY");
      !done)
    return Failure{done.error()};
  // The first read takes the lock, and makes SQLite recover its write-ahead log, in memory alone.
  if (auto read = connection.text("SELECT count(*) FROM sqlite_schema"); !read) return Failure{read.error()};
  const Result<std::string> mode = connection.text("PRAGMA journal_mode");
  if (!mode) return Failure{mode.error()};
  if (*mode != "wal") return damaged(fmt::format("its journal mode is {}", *mode));
  return opened;
}

Result<void> check_structure(Connection& connection) {
  Result<Statement> schema = connection.prepare("SELECT rootpage, sql FROM sqlite_schema ORDER BY rootpage");
  if (!schema) return Failure{schema.error()};
  std::uint64_t root = 2;
  for (const std::string_view expected : {runs_sql, state_sql}) {
    const Result<bool> row = schema->step();
    if (!row) return Failure{row.error()};
    if (!*row || schema->number(0) != root++ || schema->bytes(1) != expected)
      return damaged("its tables are not a log's");
  }
  const Result<bool> more = schema->step();
  if (!more) return Failure{more.error()};
  if (*more) return damaged("it has more tables than a log");
  const Result<std::string> verdict = connection.text("PRAGMA quick_check(1)");
  if (!verdict) return Failure{verdict.error()};
  if (*verdict != "ok") return damaged(*verdict);
  return {};
}

Result<void> check_copied(Connection& connection, File& wal, const WalScan& scan, std::uint32_t page_bytes) {
  sqlite3_file& file = connection.main_file();
  std::string found(page_bytes, '\0');
  for (const WalPage& page : scan.copied) {
    const Result<std::string> expected = wal.read(page.offset, page_bytes);
    if (!expected) return Failure{expected.error()};
    const auto offset = static_cast<sqlite3_int64>(page.number - 1) * page_bytes;
    const int code = file.pMethods->xRead(&file, found.data(), static_cast<int>(page_bytes), offset);
    if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ)
      return sqlite_failure(connection.handle(), code, "read a page");
    if (code != SQLITE_OK || found != *expected)
      return damaged(fmt::format("the header of {} fails its checksum, and page {} was not copied from there",
                                 log_wal_name, page.number));
  }
  return {};
}

Result<LogState> load_state(Connection& connection) {
  const Result<std::string> record = connection.text("SELECT record FROM state WHERE id = 1");
  if (!record) return Failure{record.error()};
  return decode_state(*record);
}

}  // namespace vow::storage
