// Databases for tests of the adapter: what is in them, and transactions' names.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "coordinator/txn/xid.h"
#include "tests/support/temporary_directory.h"

#include "vow/sqlite/xa_branch.h"

namespace vow::sqlite {

inline preparation new_preparation(std::chrono::milliseconds begun_ago = {}, std::uint32_t timeout_s = 60) {
  static std::atomic<std::uint32_t> sequence{0};
  txn::Xid xid;
  xid.cell = 7;
  xid.incarnation = 1;
  xid.term = 1;
  xid.session = 3;
  xid.sequence = ++sequence;
  xid.timeout_s = timeout_s;
  const auto now = std::chrono::system_clock::now().time_since_epoch() - begun_ago;
  xid.begin_ms = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
  return {to_string(xid), "b1", xid.sequence + std::uint64_t{1000}};
}

inline database::clock::time_point in(std::chrono::milliseconds time) {
  return database::clock::now() + time;
}
inline database::clock::time_point soon() { return in(std::chrono::seconds(10)); }

// A plain connection, of a program that knows nothing of Vow.
class plain {
 public:
  explicit plain(const std::string& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &is_), SQLITE_OK);
    sqlite3_busy_timeout(is_, 5'000);
    run("PRAGMA foreign_keys = ON");
  }
  ~plain() { sqlite3_close(is_); }
  plain(const plain&) = delete;
  plain& operator=(const plain&) = delete;

  // What SQLite says against it; empty: nothing.
  std::string run(const std::string& sql) {
    return sqlite3_exec(is_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK ? "" : sqlite3_errmsg(is_);
  }
  [[nodiscard]] std::string text(const std::string& query) { return text_of(is_, query); }
  [[nodiscard]] sqlite3* connection() { return is_; }

 private:
  sqlite3* is_ = nullptr;
};

inline std::string printed(const value& is) {
  encoder bytes;
  bytes.add(is);
  std::string text;
  if (is.type == SQLITE_INTEGER) return std::to_string(is.integer);
  if (is.type == SQLITE_NULL) return "NULL";
  for (const char c : bytes.take()) {  // readable where it can be, exact everywhere
    constexpr const char* digits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && byte < 127) {
      text += c;
    } else {
      text += {'\\', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return text;
}

// All that is in the user's tables, and the schema, to the bit; and that the file is sound.
inline std::string content(const std::string& path) {
  plain from(path);
  std::string all = "integrity: " + from.text("PRAGMA integrity_check") + "\n";
  statement objects(from.connection(),
                    "SELECT l.name, l.wr, l.type, coalesce(s.sql, '') FROM pragma_table_list l LEFT JOIN "
                    "sqlite_schema s ON "
                    "s.name = l.name WHERE l.schema = 'main' AND l.name NOT LIKE 'vow\\_%' ESCAPE '\\' AND "
                    "l.name <> 'sqlite_schema' ORDER BY l.name");
  while (objects.step()) {
    const std::string name = objects.text(0);
    all += "-- " + name + " " + objects.text(3) + "\n";
    const bool has_rowid = objects.integer(1) == 0 && objects.text(2) == "table";
    statement rows(from.connection(), std::string("SELECT ") + (has_rowid ? "_rowid_, " : "") + "* FROM " +
                                          in_quotes(name) + (has_rowid ? " ORDER BY _rowid_" : ""));
    while (rows.step()) {
      for (const value& each : rows.whole()) all += printed(each) + " | ";
      all += "\n";
    }
  }
  statement others(from.connection(),
                   "SELECT name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index') AND name NOT LIKE "
                   "'vow\\_%' ESCAPE '\\' AND sql IS NOT NULL ORDER BY name");
  while (others.step()) all += others.text(0) + ": " + others.text(1) + "\n";
  return all;
}

// Does `work` in a branch, up to its vote.
inline preparation prepare(database& on, const std::string& work) {
  const preparation as = new_preparation();
  xa_branch branch(on, as, soon());
  branch.execute(work);
  EXPECT_EQ(branch.prepare(), ballot::prepared);
  return as;
}

// foreign_keys as most programs have it.
inline options with_foreign_keys() {
  return {.on_open = [](sqlite3* on) { execute(on, "PRAGMA foreign_keys = ON"); }};
}

class OnSqlite : public ::testing::Test {
 protected:
  void make(const std::string& schema) { EXPECT_EQ(plain(path_).run(schema), ""); }

  const vow::testing::TemporaryDirectory directory_{vow::testing::TemporaryDirectory::In::memory};
  const std::string path_ = directory_.path() + "/user.db";
};

// The code of what `work` throws; empty: nothing.
template <class Work>
std::string code_of(Work&& work) {
  try {
    work();
  } catch (const vow::error& why) {
    EXPECT_NE(why.hint(), "");
    return why.code();
  }
  return {};
}

}  // namespace vow::sqlite
