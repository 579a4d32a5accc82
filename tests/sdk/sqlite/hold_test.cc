// What others meet while a branch works and while it is prepared.
#include <array>
#include <cstdio>
#include <memory>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/sqlite/databases.h"

namespace vow::sqlite {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

// What a plain sqlite3 shell, another process, says.
std::string shell(const std::string& path, const std::string& sql) {
  const std::string command = "sqlite3 '" + path + "' \"" + sql + "\" 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> from(::popen(command.c_str(), "r"), ::pclose);
  std::string said;
  std::array<char, 256> part{};
  while (from && ::fgets(part.data(), part.size(), from.get()) != nullptr) said += part.data();
  return said;
}

class HoldOnSqlite : public OnSqlite {
 protected:
  HoldOnSqlite() {
    make(
        "CREATE TABLE t(id INTEGER PRIMARY KEY, a); INSERT INTO t VALUES (1,1),(2,2); CREATE TABLE other(a);"
        "INSERT INTO other VALUES (1); CREATE TABLE k(k PRIMARY KEY) WITHOUT ROWID; INSERT INTO k VALUES "
        "(1)");
  }
  database on_{path_, {.on_open = with_foreign_keys().on_open, .wait_max = milliseconds(100)}};
};

TEST_F(HoldOnSqlite, EveryWriterIsRefusedAndToldWhereTheHoldersNameIs) {
  const preparation as = prepare(on_, "UPDATE t SET a=10 WHERE id=1");
  plain writer(path_);
  for (const char* write :
       {"INSERT INTO other VALUES (5)", "UPDATE t SET a=3 WHERE id=2", "DELETE FROM t", "DELETE FROM other",
        "INSERT OR REPLACE INTO t VALUES (1,1)", "INSERT OR IGNORE INTO t VALUES (1,1)", "UPDATE k SET k=2",
        "INSERT INTO t VALUES (1,5) ON CONFLICT DO NOTHING", "DELETE FROM k"}) {
    EXPECT_THAT(writer.run(write), HasSubstr("VOW-5250")) << write;
  }
  EXPECT_EQ(writer.text("SELECT xid FROM vow_branch WHERE state = 'prepared'"), as.xid) << "as they are told";
  rollback_prepared(on_, as);
  EXPECT_EQ(writer.run("INSERT INTO other VALUES (5)"), "");
}

TEST_F(HoldOnSqlite, APlainShellIsRefusedWhileItLastsAndServedAfterwards) {
  const preparation as = prepare(on_, "UPDATE t SET a=10 WHERE id=1");
  EXPECT_THAT(shell(path_, "INSERT INTO other VALUES (7)"), HasSubstr("held by a branch that is prepared"));
  EXPECT_EQ(shell(path_, "SELECT a FROM t WHERE id=1"), "1\n");
  commit_prepared(on_, as);
  EXPECT_EQ(shell(path_, "INSERT INTO other VALUES (7); SELECT a FROM t WHERE id=1"), "10\n");
}

TEST_F(HoldOnSqlite, TablesThatAreMadeBetweenBranchesAreGuardedToo) {
  commit_prepared(on_, prepare(on_, "UPDATE t SET a=10 WHERE id=1"));
  make("ALTER TABLE other RENAME TO more; CREATE TABLE other(a); DROP TABLE k; CREATE TABLE k(k)");
  const preparation as = prepare(on_, "UPDATE t SET a=11 WHERE id=1");
  plain writer(path_);
  for (const char* table : {"t", "more", "other", "k"}) {
    EXPECT_THAT(writer.run(std::string("INSERT INTO ") + table + " DEFAULT VALUES"), HasSubstr("VOW-5250"))
        << table;
  }
  EXPECT_EQ(writer.text("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"), "12");
  rollback_prepared(on_, as);
  EXPECT_EQ(writer.run("INSERT INTO more DEFAULT VALUES; INSERT INTO k DEFAULT VALUES"), "");
}

TEST_F(HoldOnSqlite, TheSchemaStaysAsItIsFromOneBranchToTheNext) {
  commit_prepared(on_, prepare(on_, "UPDATE t SET a=10 WHERE id=1"));
  const std::string before = plain(path_).text("PRAGMA schema_version");
  commit_prepared(on_, prepare(on_, "UPDATE t SET a=11 WHERE id=1"));
  rollback_prepared(on_, prepare(on_, "UPDATE t SET a=12 WHERE id=1"));
  EXPECT_EQ(plain(path_).text("PRAGMA schema_version"), before) << "others need not read it again";
}

TEST_F(HoldOnSqlite, AnotherBranchWaitsForABoundedTime) {
  const preparation as = prepare(on_, "UPDATE t SET a=10");
  try {
    const xa_branch second(on_, new_preparation(), soon());
    FAIL() << "it works beside the holder";
  } catch (const vow::error& why) {
    EXPECT_EQ(why.code(), "VOW-5250");
    EXPECT_TRUE(why.retryable());
    EXPECT_THAT(why.what(), HasSubstr(as.name()));
  }
  commit_prepared(on_, as);
  commit_prepared(on_, prepare(on_, "UPDATE t SET a=11"));
}

TEST_F(HoldOnSqlite, AnotherBranchGoesOnOnceTheHolderHasEnded) {
  database patient(directory_.path() + "/second.db", {.wait_max = milliseconds(10'000)});
  plain(patient.path()).run("CREATE TABLE t(a)");
  const preparation as = prepare(patient, "INSERT INTO t VALUES (1)");
  std::jthread second([&] { commit_prepared(patient, prepare(patient, "INSERT INTO t VALUES (2)")); });
  commit_prepared(patient, as);
  second.join();
  EXPECT_EQ(plain(patient.path()).text("SELECT sum(a) FROM t"), "3");
}

TEST_F(HoldOnSqlite, ABranchAtWorkKeepsOthersOfItsProcessWaiting) {
  xa_branch first(on_, new_preparation(), soon());
  const auto begun = database::clock::now();
  EXPECT_EQ(code_of([&] { const xa_branch second(on_, new_preparation(), in(milliseconds(20))); }),
            "VOW-5250");
  EXPECT_GE(database::clock::now() - begun, milliseconds(20));
}

TEST_F(HoldOnSqlite, AnotherProgramsTransactionIsWaitedForAndNamed) {
  plain writer(path_);
  ASSERT_EQ(writer.run("BEGIN IMMEDIATE"), "");
  EXPECT_EQ(code_of([&] { const xa_branch branch(on_, new_preparation(), soon()); }), "VOW-5250");
  ASSERT_EQ(writer.run("COMMIT"), "");
  prepare(on_, "UPDATE t SET a=10");
}

TEST_F(HoldOnSqlite, AnEndThatCannotBeDoneNowSaysNothingOfTheOutcome) {
  const preparation as = prepare(on_, "UPDATE t SET a=10");
  plain writer(path_);
  ASSERT_EQ(writer.run("BEGIN IMMEDIATE"), "");
  try {
    commit_prepared(on_, as);
    FAIL() << "two write at once";
  } catch (const vow::error& why) {
    EXPECT_EQ(why.code(), "VOW-5263");
    EXPECT_TRUE(why.retryable());
    EXPECT_EQ(why.outcome(), outcome::unknown);
  }
  ASSERT_EQ(writer.run("COMMIT"), "");
  commit_prepared(on_, as);
  const xa_branch at_work(on_, new_preparation(), soon());
  EXPECT_EQ(code_of([&] { rollback_prepared(on_, new_preparation()); }), "VOW-5263");
}

TEST_F(HoldOnSqlite, WhatIsPreparedCannotBeListedWhileABranchIsAtWork) {
  const xa_branch at_work(on_, new_preparation(), soon());
  try {
    (void)list_prepared(on_);
    FAIL() << "two use one connection";
  } catch (const vow::error& why) {
    EXPECT_EQ(why.code(), "VOW-5263");
    EXPECT_THAT(why.what(), ::testing::HasSubstr("what is prepared could not be listed in " + path_ +
                                                 " now: a branch of this process is at work in it"));
  }
}

TEST_F(HoldOnSqlite, AStatementThatOutlivesTheDatabaseWritesNothing) {
  auto on = std::make_unique<database>(directory_.path() + "/short.db");
  plain(on->path()).run("CREATE TABLE t(a)");
  rollback_prepared(*on, new_preparation());  // makes vow_branch: nothing is compiled again after this
  auto branch = std::make_unique<xa_branch>(*on, new_preparation(), soon());
  const std::string path = on->path();
  statement kept(branch->connection(), "INSERT INTO t VALUES (1)");
  branch.reset();
  on.reset();
  EXPECT_THROW(kept.run(), engine_error);
  EXPECT_EQ(plain(path).text("SELECT count(*) FROM t"), "0");
}

TEST_F(HoldOnSqlite, AWriterThatPassedTheGuardsByIsNotOverwritten) {
  const preparation as = prepare(on_, "UPDATE t SET a=10 WHERE id=1");
  plain(path_).run(
      "DROP TRIGGER vow_guard_3_UPDATE; DROP TRIGGER vow_guard_2_UPDATE; DROP TRIGGER vow_guard_1_UPDATE");
  ASSERT_EQ(plain(path_).run("UPDATE t SET a=99 WHERE id=1"), "");
  EXPECT_EQ(code_of([&] { commit_prepared(on_, as); }), "VOW-5260");
  EXPECT_EQ(plain(path_).text("SELECT a FROM t WHERE id=1"), "99");
  ASSERT_EQ(plain(path_).run("UPDATE t SET a=1 WHERE id=1"), "");
  commit_prepared(on_, as);
  EXPECT_EQ(plain(path_).text("SELECT a FROM t WHERE id=1"), "10");
}

TEST_F(HoldOnSqlite, AUniqueValueThatWasTakenMeanwhileStopsTheCommit) {
  make("CREATE UNIQUE INDEX u ON t(a)");
  const preparation as = prepare(on_, "INSERT INTO t VALUES (5,50)");
  ASSERT_EQ(plain(path_).run("DROP TRIGGER vow_guard_3_INSERT; INSERT INTO t VALUES (6,50)"), "");
  EXPECT_EQ(code_of([&] { commit_prepared(on_, as); }), "VOW-5260");
  ASSERT_EQ(plain(path_).run("DROP TRIGGER vow_guard_3_DELETE; DELETE FROM t WHERE id=6"), "");
  commit_prepared(on_, as);
  EXPECT_EQ(plain(path_).text("SELECT a FROM t WHERE id=5"), "50");
}

TEST_F(HoldOnSqlite, ATableThatWasAlteredMeanwhileIsNotWrittenTo) {
  const preparation as = prepare(on_, "UPDATE t SET a=10 WHERE id=1");
  ASSERT_EQ(plain(path_).run("ALTER TABLE t ADD COLUMN b DEFAULT 5"), "");
  EXPECT_EQ(code_of([&] { commit_prepared(on_, as); }), "VOW-5260");
  ASSERT_EQ(plain(path_).run("ALTER TABLE t DROP COLUMN b"), "");
  commit_prepared(on_, as);
}

TEST_F(HoldOnSqlite, AParentThatVanishedMeanwhileStopsTheCommit) {
  make("CREATE TABLE child(p REFERENCES t)");
  const preparation as = prepare(on_, "INSERT INTO child VALUES (2)");
  ASSERT_EQ(
      plain(path_).run("PRAGMA foreign_keys=OFF; DROP TABLE t; CREATE TABLE t(id INTEGER PRIMARY KEY, a)"),
      "");
  EXPECT_EQ(code_of([&] { commit_prepared(on_, as); }), "VOW-5260");
  ASSERT_EQ(plain(path_).run("INSERT INTO t VALUES (2,2)"), "");
  commit_prepared(on_, as);
}

// Such as are there from before the check, or from when checks were off.
TEST_F(HoldOnSqlite, RowsThatBreakACheckAlreadyAreCommittedAllTheSame) {
  const std::string path = directory_.path() + "/checked.db";
  plain(path).run(
      "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b check (b > 0)); PRAGMA ignore_check_constraints = ON; "
      "INSERT INTO t VALUES (1, 1, -5)");
  database on(path, {.on_open = [](sqlite3* of) { execute(of, "PRAGMA case_sensitive_like = ON"); }});
  commit_prepared(on, prepare(on, "UPDATE t SET a = 2"));
  EXPECT_EQ(plain(path).text("SELECT a || ' ' || b FROM t"), "2 -5");
}

TEST_F(HoldOnSqlite, ViolatedForeignKeysFailAtPrepareAndLeaveNothing) {
  make("CREATE TABLE child(p REFERENCES t DEFERRABLE INITIALLY DEFERRED)");
  const std::string before = content(path_);
  xa_branch branch(on_, new_preparation(), soon());
  branch.execute("INSERT INTO child VALUES (77)");
  EXPECT_EQ(code_of([&] { (void)branch.prepare(); }), "VOW-5253");
  EXPECT_EQ(content(path_), before);
  EXPECT_EQ(plain(path_).run("INSERT INTO other VALUES (1)"), "");
}

TEST_F(HoldOnSqlite, ForeignKeysThatWereOffStayOff) {
  make("CREATE TABLE child(p REFERENCES t)");
  database off(directory_.path() + "/off.db");
  plain(off.path()).run("CREATE TABLE p(id INTEGER PRIMARY KEY); CREATE TABLE c(p REFERENCES p)");
  commit_prepared(off, prepare(off, "INSERT INTO c VALUES (5)"));
  commit_prepared(off, prepare(off, "INSERT INTO c VALUES (6)"));
  EXPECT_EQ(plain(off.path()).text("SELECT sum(p) FROM c"), "11");
  EXPECT_EQ(code_of([&] { prepare(on_, "INSERT INTO child VALUES (5)"); }), "VOW-5252");
}

TEST_F(HoldOnSqlite, WorkThatSqliteItselfRolledBackIsNotVowed) {
  xa_branch branch(on_, new_preparation(), soon());
  branch.execute("UPDATE t SET a=50");
  EXPECT_EQ(code_of([&] { branch.execute("INSERT OR ROLLBACK INTO t VALUES (1,1)"); }), "VOW-5252");
  EXPECT_NE(sqlite3_exec(branch.connection(), "UPDATE t SET a=60", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(code_of([&] { (void)branch.prepare(); }), "VOW-5262");
  EXPECT_EQ(plain(path_).text("SELECT sum(a) FROM t"), "3");
}

TEST_F(HoldOnSqlite, ABranchThatIsDroppedLeavesNothing) {
  const std::string before = content(path_);
  { xa_branch(on_, new_preparation(), soon()).execute("DELETE FROM t"); }
  xa_branch second(on_, new_preparation(), soon());
  second.execute("DELETE FROM t");
  second.rollback();
  EXPECT_EQ(content(path_), before);
}

TEST_F(HoldOnSqlite, APreparedBranchOutlivesItsObject) {
  const preparation as = new_preparation();
  {
    xa_branch branch(on_, as, soon());
    branch.execute("UPDATE t SET a=10");
    ASSERT_EQ(branch.prepare(), ballot::prepared);
  }
  EXPECT_EQ(list_prepared(on_).size(), 1u);
}

TEST_F(HoldOnSqlite, AStatementLeftOpenDoesNotKeepABranchFromItsVote) {
  xa_branch branch(on_, new_preparation(), soon());
  statement left(branch.connection(), "UPDATE t SET a=a+1 RETURNING id");
  ASSERT_TRUE(left.step());
  EXPECT_EQ(branch.prepare(), ballot::prepared);
  branch.commit();
  EXPECT_EQ(plain(path_).text("SELECT sum(a) FROM t"), "5");
}

}  // namespace
}  // namespace vow::sqlite
