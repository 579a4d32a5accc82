// What the statements of a branch may not do, and how they learn it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sdk/sqlite/databases.h"

namespace vow::sqlite {
namespace {

using ::testing::HasSubstr;

class PermissionsOnSqlite : public OnSqlite {
 protected:
  PermissionsOnSqlite() {
    make(
        "CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO t(a) VALUES (1);"
        "CREATE VIRTUAL TABLE words USING fts5(w);"
        "CREATE TABLE indexed(w); CREATE TRIGGER i AFTER INSERT ON indexed BEGIN INSERT INTO words VALUES "
        "(new.w); END");
  }
};

TEST_F(PermissionsOnSqlite, WhatCannotBeKeptIsRefusedBeforeItRuns) {
  database on(path_);
  const std::string before = content(path_);
  const std::pair<const char*, const char*> refused[] = {
      {"CREATE TABLE x(a)", "schema"},
      {"DROP TABLE t", "schema"},
      {"ALTER TABLE t ADD COLUMN b", "schema"},
      {"CREATE INDEX x ON t(a)", "schema"},
      {"REINDEX", "schema"},
      {"ANALYZE", "schema"},
      {"CREATE TEMP TABLE x(a)", "schema"},
      {"CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN SELECT 1; END", "schema"},
      {"ATTACH ':memory:' AS x", "attaches"},
      {"CREATE VIRTUAL TABLE x USING fts5(a)", "schema"},
      {"INSERT INTO words VALUES ('x')", "virtual"},
      {"INSERT INTO indexed VALUES ('x')", "virtual"},
      {"DELETE FROM words_content", "belongs to a virtual table"},
      {"UPDATE vow_branch SET state='prepared'", "belongs to Vow"},
      {"UPDATE sqlite_sequence SET seq=9", "belongs to SQLite"},
      {"COMMIT", "the transaction is Vow's"},
      {"ROLLBACK", "the transaction is Vow's"},
      {"BEGIN", "the transaction is Vow's"},
      {"ROLLBACK TO vow_work", "belong to Vow"},
      {"PRAGMA synchronous = OFF", "changes settings"},
      {"PRAGMA journal_mode = DELETE", "changes settings"},
      {"PRAGMA user_version = 5", "changes settings"},
      {"PRAGMA wal_checkpoint", "changes settings"},
  };
  xa_branch branch(on, new_preparation(), soon());
  for (const auto& each : refused) {
    const auto& [sql, why] = each;
    EXPECT_EQ(code_of([&] { branch.execute(each.first); }), "VOW-5161") << sql;
    EXPECT_THAT(branch.refusal(), HasSubstr(why)) << sql;
  }
  EXPECT_EQ(branch.prepare(), ballot::read_only);
  EXPECT_EQ(content(path_), before);
}

TEST_F(PermissionsOnSqlite, ReadingAndAskingAreFree) {
  database on(path_);
  xa_branch branch(on, new_preparation(), soon());
  for (const char* sql : {"SELECT * FROM words WHERE words MATCH 'x'", "PRAGMA table_info(t)",
                          "PRAGMA user_version", "SELECT count(*) FROM vow_branch",
                          "WITH RECURSIVE c(n) AS (SELECT 1 UNION SELECT n+1 FROM c "
                          "WHERE n<5) SELECT * FROM c",
                          "INSERT INTO t(a) VALUES (5) RETURNING id"}) {
    EXPECT_EQ(code_of([&] { branch.execute(sql); }), "") << sql;
  }
}

TEST_F(PermissionsOnSqlite, AStatementKeptFromABranchWritesNothingAfterIt) {
  database on(path_);
  rollback_prepared(on, new_preparation());  // makes vow_branch: nothing is compiled again after this
  xa_branch branch(on, new_preparation(), soon());
  sqlite3* const kept_connection = branch.connection();
  statement kept(kept_connection, "UPDATE t SET a = 50");
  branch.rollback();
  EXPECT_THROW(kept.run(), engine_error);
  EXPECT_NE(sqlite3_exec(kept_connection, "DELETE FROM t", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(plain(path_).text("SELECT a FROM t"), "1");
}

TEST_F(PermissionsOnSqlite, ADatabaseThatCouldLoseAVowIsRefused) {
  const auto weak = [](sqlite3* on) { execute(on, "PRAGMA synchronous = NORMAL"); };
  EXPECT_EQ(code_of([&] { const database on(path_, {.on_open = weak}); }), "VOW-5153");
  const database allowed(path_, {.on_open = weak, .may_lose_on_power_failure = true});
}

TEST_F(PermissionsOnSqlite, ASecondConnectionOfTheProcessIsRefused) {
  const database first(path_);
  EXPECT_EQ(code_of([&] { const database second(path_); }), "VOW-5156");
}

TEST_F(PermissionsOnSqlite, AFileThatCannotBeUsedIsNamed) {
  EXPECT_EQ(code_of([] { const database none("/nonexistent/x.db"); }), "VOW-5151");
  EXPECT_EQ(code_of([] { const database volatile_one(":memory:"); }), "VOW-5152");
  const std::string wide = directory_.path() + "/wide.db";
  plain(wide).run("PRAGMA encoding = 'UTF-16'; CREATE TABLE t(a)");
  EXPECT_EQ(code_of([&] { const database on(wide); }), "VOW-5154");
  const auto temporary = [](sqlite3* on) { execute(on, "CREATE TEMP TABLE x(a)"); };
  EXPECT_EQ(code_of([&] { const database on(path_, {.on_open = temporary}); }), "VOW-5155");
}

TEST_F(PermissionsOnSqlite, AChildOfForkIsToldToOpenItsOwn) {
  database on(path_);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(code_of([&] { (void)list_prepared(on); }) == "VOW-5157" ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(PermissionsOnSqlite, KeysThatTheHookMisreadsAreRefused) {
  make(
      "CREATE TABLE r(x REAL, id INTEGER PRIMARY KEY) WITHOUT ROWID;"
      "CREATE TABLE g(v AS (k||'x'), k TEXT PRIMARY KEY) WITHOUT ROWID; CREATE TABLE h(rowid, oid, _rowid_)");
  database on(path_);
  xa_branch branch(on, new_preparation(), soon());
  for (const char* sql : {"INSERT INTO r VALUES (1.5, 9007199254740993)", "INSERT INTO g VALUES ('k')",
                          "INSERT INTO h VALUES (1,2,3)"}) {
    EXPECT_EQ(code_of([&] { branch.execute(sql); }), "VOW-5161") << sql;
  }
}

}  // namespace
}  // namespace vow::sqlite
