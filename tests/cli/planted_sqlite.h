// A SQLite file of a test's own, with branches in it that nobody's program has made.
#pragma once

#include <string>

#include <gtest/gtest.h>

#include "tests/support/temporary_directory.h"

#include "vow/sqlite/xa_branch.h"

namespace vow::cli {

class PlantedSqlite {
 public:
  PlantedSqlite() { run("CREATE TABLE item (id INTEGER PRIMARY KEY)"); }

  [[nodiscard]] std::string url() const { return "sqlite:" + path_; }
  void prepare(const preparation& as) {
    sqlite::database in(path_);
    sqlite::xa_branch work(in, as, sqlite::database::clock::now() + std::chrono::seconds(10));
    work.execute("INSERT INTO item DEFAULT VALUES");
    EXPECT_EQ(work.prepare(), ballot::prepared);
  }
  void commit(const preparation& as) {
    prepare(as);
    sqlite::database in(path_);
    sqlite::commit_prepared(in, as);
  }
  // A row without any work.
  void record(const preparation& as, const std::string& kind, const std::string& state) {
    run("INSERT INTO vow_branch (xid, branch, nonce, kind, action, state, created_at, deadline) VALUES ('" +
        as.xid + "', '" + as.branch + "', " + std::to_string(as.nonce) + ", '" + kind + "', '', '" + state +
        "', 0, 0)");
  }
  void run(const std::string& sql) {
    sqlite3* file = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &file), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(file);
    sqlite3_close(file);
  }
  [[nodiscard]] std::string ask(const std::string& sql) {
    sqlite3* file = nullptr;
    EXPECT_EQ(sqlite3_open(path_.c_str(), &file), SQLITE_OK);
    const std::string answer = sqlite::text_of(file, sql);
    sqlite3_close(file);
    return answer;
  }

 private:
  const vow::testing::TemporaryDirectory directory_{vow::testing::TemporaryDirectory::In::memory};
  const std::string path_ = directory_.path() + "/stock.db";
};

}  // namespace vow::cli
