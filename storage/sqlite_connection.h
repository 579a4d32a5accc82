// The part of SQLite's C interface that storage uses, with owners for its handles and our errors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include "storage/error.h"

namespace vow::storage {

// What an SQLite result code means to a caller of storage:
//   full                                    -> no_space
//   corrupt, not a database, an SQL error   -> damaged: our SQL is fixed, so what it runs into must be wrong
//   everything else                         -> failed
[[nodiscard]] Fault fault_of_sqlite(int code);

class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  // Bound bytes must outlive the step.
  void bind(int parameter, std::string_view bytes);
  void bind(int parameter, std::uint64_t number);

  // True while there is a row. A statement that has ended or failed is ready to be used again.
  [[nodiscard]] Result<bool> step();
  // Steps a statement that yields no rows.
  [[nodiscard]] Result<void> run();
  // Ends a statement whose remaining rows are not wanted.
  void reset();

  [[nodiscard]] std::uint64_t number(int column) const;
  // Valid until the next step.
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Connection {
 public:
  // `flags` are sqlite3_open_v2's; `vfs` null is SQLite's own.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const std::string& path, int flags,
                                                                const char* vfs);

  [[nodiscard]] Result<Statement> prepare(std::string_view sql);
  // One or more statements without parameters; rows are ignored.
  [[nodiscard]] Result<void> run(const char* sql);
  // The first column of the first row, as text; empty if there is none.
  [[nodiscard]] Result<std::string> text(std::string_view sql);

  [[nodiscard]] sqlite3* handle() { return handle_.get(); }
  // The open main file, for reads below SQLite's pager.
  [[nodiscard]] sqlite3_file& main_file();

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  explicit Connection(sqlite3* handle) : handle_(handle) {}

  std::unique_ptr<sqlite3, Close> handle_;
};

// The connection's last error, told with what was being done.
[[nodiscard]] Failure<Error> sqlite_failure(sqlite3* handle, int code, std::string_view doing);

// Ends a statement on every way out of a scope.
class StatementScope {
 public:
  explicit StatementScope(Statement& statement) : statement_(statement) {}
  ~StatementScope() { statement_.reset(); }
  StatementScope(const StatementScope&) = delete;
  StatementScope& operator=(const StatementScope&) = delete;

 private:
  Statement& statement_;
};

}  // namespace vow::storage
