#include "storage/sqlite_connection.h"

#include <cstring>

#include <fmt/format.h>

namespace vow::storage {

Fault fault_of_sqlite(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return Fault::no_space;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return Fault::damaged;
    default:
      return Fault::failed;
  }
}

namespace {

std::string_view advice(Fault fault, int code) {
  if (fault == Fault::no_space) return "make room on the volume; the write can then be repeated";
  if (fault == Fault::damaged)
    return "the file is not what was written: remove the store and let the node join anew";
  if ((code & 0xff) == SQLITE_BUSY) return "the file is in use: is another vow running on this directory?";
  return "look for disk or permission errors in the system log before restarting";
}

}  // namespace

Failure<Error> sqlite_failure(sqlite3* handle, int code, std::string_view doing) {
  const char* path = sqlite3_db_filename(handle, "main");
  const Fault fault = fault_of_sqlite(code);
  const int system_error = sqlite3_system_errno(handle);
  return failure(fault,
                 fmt::format("cannot {} in {}: {} (SQLite code {}{}); {}", doing, path ? path : "?",
                             sqlite3_errmsg(handle), code,
                             system_error ? fmt::format(", {}", std::strerror(system_error)) : std::string(),
                             advice(fault, code)));
}

void Statement::bind(int parameter, std::string_view bytes) {
  const int code =
      sqlite3_bind_blob64(statement_.get(), parameter, bytes.data(), bytes.size(), SQLITE_STATIC);
  VOW_CHECK(code == SQLITE_OK, "parameter {} of {} bytes: code {}", parameter, bytes.size(), code);
}

void Statement::bind(int parameter, std::uint64_t number) {
  const int code = sqlite3_bind_int64(statement_.get(), parameter, static_cast<sqlite3_int64>(number));
  VOW_CHECK(code == SQLITE_OK, "parameter {}: code {}", parameter, code);
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  const auto told = sqlite_failure(sqlite3_db_handle(statement_.get()), code,
                                   fmt::format("run \"{}\"", sqlite3_sql(statement_.get())));
  reset();
  return told;
}

Result<void> Statement::run() {
  const Result<bool> row = step();
  if (!row) return failure(row.error().fault, row.error().what);
  VOW_CHECK(!row.value(), "rows from \"{}\"", sqlite3_sql(statement_.get()));
  return {};
}

void Statement::reset() { sqlite3_reset(statement_.get()); }

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return {};
  return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, int flags, const char* vfs) {
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);
  VOW_CHECK(handle != nullptr, "no memory to open {}", path);
  std::unique_ptr<Connection> connection(new Connection(handle));
  if (code != SQLITE_OK) return sqlite_failure(handle, code, "open the log");
  return connection;
}

Result<Statement> Connection::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return sqlite_failure(handle_.get(), code, fmt::format("prepare \"{}\"", sql));
  return Statement(statement);
}

Result<void> Connection::run(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_failure(handle_.get(), code, fmt::format("run \"{}\"", sql));
  return {};
}

Result<std::string> Connection::text(std::string_view sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) return failure(statement.error().fault, statement.error().what);
  const Result<bool> row = statement->step();
  if (!row) return failure(row.error().fault, row.error().what);
  return row.value() ? std::string(statement->bytes(0)) : std::string();
}

sqlite3_file& Connection::main_file() {
  sqlite3_file* file = nullptr;
  const int code = sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_FILE_POINTER, &file);
  VOW_CHECK(code == SQLITE_OK && file != nullptr && file->pMethods != nullptr, "no main file: code {}", code);
  return *file;
}

}  // namespace vow::storage
