// Work that is all of its transaction: committed as SQLite commits, with a row that tells.
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sdk/sqlite/databases.h"
#include "tests/sdk/sqlite/deadly_vfs.h"

namespace vow::sqlite {
namespace {

using namespace std::chrono_literals;

class AloneOnSqlite : public OnSqlite {
 protected:
  AloneOnSqlite() {
    make(
        "CREATE TABLE t(a PRIMARY KEY); INSERT INTO t VALUES (1);"
        "CREATE TABLE parent(id PRIMARY KEY);"
        "CREATE TABLE child(of REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)");
    database on(path_);
    record_book(on, 1h).make();
  }
  std::string rows() { return plain(path_).text("SELECT group_concat(a) FROM t"); }
  std::string record() {
    return plain(path_).text("SELECT group_concat(kind || ' ' || state) FROM vow_branch WHERE xid = '" +
                             as_.xid + "'");
  }
  void work_alone(const std::string& sql = "INSERT INTO t VALUES (2)") {
    database on(path_, with_foreign_keys());
    xa_branch branch(on, as_, soon());
    branch.execute(sql);
    branch.commit_alone();
  }

  preparation as_ = new_preparation();
};

TEST_F(AloneOnSqlite, IsCommittedWithItsRowAndHoldsNobodyUp) {
  database on(path_, with_foreign_keys());
  xa_branch branch(on, as_, soon());
  branch.execute("INSERT INTO t VALUES (2)");
  branch.commit_alone();
  EXPECT_EQ(rows(), "1,2");
  EXPECT_EQ(record(), "alone committed");
  EXPECT_EQ(plain(path_).run("INSERT INTO t VALUES (3)"), "");
}

TEST_F(AloneOnSqlite, LeavesNoRowIfItOnlyRead) {
  work_alone("SELECT * FROM t");
  EXPECT_EQ(record(), "");
}

TEST_F(AloneOnSqlite, LeavesNothingIfReferencesLeadNowhere) {
  EXPECT_EQ(code_of([&] { work_alone("INSERT INTO child VALUES (7)"); }), "VOW-5253");
  EXPECT_EQ(plain(path_).text("SELECT count(*) FROM child"), "0");
  EXPECT_EQ(record(), "");
}

TEST_F(AloneOnSqlite, IsNotCommittedAfterItsDeadline) {
  database on(path_);
  as_ = new_preparation({}, 2);
  xa_branch branch(on, as_, soon());
  branch.execute("INSERT INTO t VALUES (2)");
  std::this_thread::sleep_for(2'050ms);  // SQLite's clock is the machine's
  EXPECT_EQ(code_of([&] { branch.commit_alone(); }), "VOW-5268");
  EXPECT_EQ(rows(), "1");
  EXPECT_EQ(record(), "");
}

TEST_F(AloneOnSqlite, DoesItsWorkOnce) {
  work_alone();
  EXPECT_EQ(code_of([&] { work_alone("INSERT INTO t VALUES (3)"); }), "VOW-5256");
  EXPECT_EQ(rows(), "1,2");
}

TEST_F(AloneOnSqlite, CleansRowsOfOthersAway) {
  work_alone();
  EXPECT_EQ(plain(path_).run("UPDATE vow_branch SET created_at = 0, deadline = 0"), "");
  const std::string first = as_.xid;
  as_ = new_preparation();
  work_alone("INSERT INTO t VALUES (3)");
  EXPECT_EQ(plain(path_).text("SELECT count(*) FROM vow_branch WHERE xid = '" + first + "'"), "0");
}

TEST_F(AloneOnSqlite, SaysAfterAnyCrashWhetherItIsCommitted) {
  int committed = 0;
  int crashes = 0;
  for (int nth = 1; nth < 100; ++nth) {
    as_ = new_preparation();
    const std::string value = std::to_string(nth + 10);
    const pid_t child = ::fork();
    if (child == 0) {
      const vow::testing::DeadlyVfs deadly(nth);
      options how = with_foreign_keys();
      how.vfs = deadly.name();
      database on(path_, how);
      xa_branch branch(on, as_, soon());
      branch.execute("INSERT INTO t VALUES (" + value + ")");
      branch.commit_alone();
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    const bool is_there = plain(path_).text("SELECT count(*) FROM t WHERE a = " + value) == "1";
    {
      database on(path_, with_foreign_keys());
      record_book book(on, 1h);
      EXPECT_EQ(record::settle_alone(book, as_), is_there ? outcome::committed : outcome::rolled_back) << nth;
    }
    committed += is_there ? 1 : 0;
    if (WIFEXITED(status)) {
      EXPECT_TRUE(is_there);
      break;
    }
    ++crashes;
  }
  EXPECT_GT(crashes, 2);
  EXPECT_GT(committed, 0);
}

}  // namespace
}  // namespace vow::sqlite
