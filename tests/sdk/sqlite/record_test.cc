// Local transactions of recorded branches: beside prepared ones, which hold the database; and what their work
// may do.
#include "vow/sqlite/record.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/sqlite/databases.h"

namespace vow::sqlite {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RecordsInSqlite : public OnSqlite {
 protected:
  RecordsInSqlite() {
    make(
        "CREATE TABLE t(a PRIMARY KEY); INSERT INTO t VALUES (1);"
        "CREATE TABLE parent(id PRIMARY KEY);"
        "CREATE TABLE child(of REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)");
    book_.make();
  }

  static preparation recorded(const std::string& xid = new_preparation().xid) { return {xid, "-branch", 9}; }
  static record::row row_of(const preparation& as, record::state is = record::state::prepared) {
    return {as, record::kind::tcc, "take", is, {}};
  }
  using Work = std::function<void(sqlite3* on)>;
  void attempt(const preparation& as, const Work& work) {
    book_.transact(as, [&](void* handle, record::rows& table) {
      EXPECT_TRUE(table.add(row_of(as)));
      work(static_cast<sqlite3*>(handle));
    });
  }
  void attempt(const preparation& as, const std::string& sql = "INSERT INTO t VALUES (2)") {
    attempt(as, [&](sqlite3* on) { execute(on, sql); });
  }
  void end(const preparation& as, record::state to) {
    book_.transact(as, [&](void*, record::rows& table) {
      EXPECT_TRUE(table.find(as).has_value());
      table.change(as, to, {});
    });
  }
  std::string rows() { return plain(path_).text("SELECT group_concat(a) FROM t"); }
  std::string records_of(const preparation& as) {
    return plain(path_).text("SELECT group_concat(state) FROM vow_branch WHERE xid = '" + as.xid + "'");
  }

  // Some tests wait so long in vain; in others, what is waited for comes to its end within it.
  static constexpr auto wait_max = 2'000ms;

  database on_{
      path_, {.on_open = [](sqlite3* on) { execute(on, "PRAGMA foreign_keys = ON"); }, .wait_max = wait_max}};
  record_book book_{on_, 1h};
};

// --- beside prepared branches

TEST_F(RecordsInSqlite, AreNoPreparedBranches) {
  const preparation first = recorded();
  const preparation second = recorded();
  attempt(first, "INSERT INTO t VALUES (2)");
  attempt(second, "INSERT INTO t VALUES (3)");
  EXPECT_THAT(list_prepared(on_), IsEmpty());
  const preparation holder = prepare(on_, "INSERT INTO t VALUES (4)");
  ASSERT_EQ(list_prepared(on_).size(), 1u);
  EXPECT_EQ(list_prepared(on_)[0].which, holder);
  EXPECT_EQ(book_.list_open().size(), 2u);
  commit_prepared(on_, holder);
  EXPECT_EQ(rows(), "1,2,3,4");
}

TEST_F(RecordsInSqlite, WaitForABranchThatHoldsTheDatabase) {
  const preparation holder = prepare(on_, "INSERT INTO t VALUES (4)");
  EXPECT_EQ(code_of([&] { attempt(recorded()); }), "VOW-5250") << "in vain";
  const auto ended = std::async(std::launch::async, [&] { commit_prepared(on_, holder); });
  attempt(recorded());
  EXPECT_EQ(rows(), "1,4,2");
}

TEST_F(RecordsInSqlite, WaitForABranchThatIsAtWork) {
  std::optional<xa_branch> working(std::in_place, on_, new_preparation(), soon());
  EXPECT_EQ(code_of([&] { attempt(recorded()); }), "VOW-5250") << "in vain";
  const auto ended = std::async(std::launch::async, [&] { working.reset(); });
  attempt(recorded());
  EXPECT_EQ(rows(), "1,2");
}

TEST_F(RecordsInSqlite, WaitForAnotherProgram) {
  plain other(path_);
  EXPECT_EQ(other.run("BEGIN IMMEDIATE"), "");
  EXPECT_EQ(code_of([&] { attempt(recorded()); }), "VOW-5250") << "in vain";
  const auto ended = std::async(std::launch::async, [&] { other.run("COMMIT"); });
  attempt(recorded());
  EXPECT_EQ(rows(), "1,2");
}

// That one waits for this, and would be waited for.
TEST_F(RecordsInSqlite, DoNotWaitForABranchOfTheSameTransaction) {
  const preparation as = new_preparation();
  const auto begun = database::clock::now();
  {
    xa_branch working(on_, as, soon());
    EXPECT_EQ(code_of([&] { attempt(recorded(as.xid)); }), "VOW-5265");
    working.execute("INSERT INTO t VALUES (4)");
    EXPECT_EQ(working.prepare(), ballot::prepared);
  }
  EXPECT_EQ(code_of([&] { attempt(recorded(as.xid)); }), "VOW-5265");
  EXPECT_LT(database::clock::now() - begun, wait_max);
  commit_prepared(on_, as);
  attempt(recorded(as.xid));
  EXPECT_EQ(rows(), "1,4,2");
}

TEST_F(RecordsInSqlite, AreNotEndedBeforeABranchOfTheSameTransaction) {
  const preparation as = new_preparation();
  attempt(recorded(as.xid));
  {
    xa_branch working(on_, as, soon());
    working.execute("INSERT INTO t VALUES (4)");
    EXPECT_EQ(working.prepare(), ballot::prepared);
  }
  const auto confirm = [&] { end(recorded(as.xid), record::state::committed); };
  EXPECT_EQ(code_of(confirm), "VOW-5250") << "its function could write nothing";
  commit_prepared(on_, as);
  confirm();
}

// Hooks prepare when the transaction is committed: their rows are no work.
TEST_F(RecordsInSqlite, AreWrittenBesideABranchOfTheSameTransaction) {
  const preparation holder = prepare(on_, "INSERT INTO t VALUES (4)");
  const preparation hook = recorded(holder.xid);
  book_.transact(hook, [&](void*, record::rows& table) {
    EXPECT_TRUE(table.add({hook, record::kind::hooks, "mail", record::state::attempting, {}}));
  });
  end(hook, record::state::prepared);
  end(hook, record::state::committed);
  EXPECT_THAT(records_of(holder), HasSubstr("prepared"));
  commit_prepared(on_, holder);
  EXPECT_EQ(records_of(holder), "committed,committed");
}

// --- what the work may do

TEST_F(RecordsInSqlite, LeaveNothingOfWorkThatIsNotPermitted) {
  for (const char* sql :
       {"COMMIT", "ROLLBACK", "BEGIN", "CREATE TABLE x(a)", "ATTACH ':memory:' AS x",
        "UPDATE vow_branch SET state = 'committed'", "PRAGMA synchronous = OFF", "ROLLBACK TO vow_work"}) {
    const preparation as = recorded();
    EXPECT_EQ(code_of([&] { attempt(as, std::string("INSERT INTO t VALUES (2);") + sql); }), "VOW-5161")
        << sql;
    EXPECT_EQ(records_of(as), "") << sql;
  }
  EXPECT_EQ(rows(), "1");
}

TEST_F(RecordsInSqlite, LeaveNothingOfWorkThatSqliteHasRolledBack) {
  const preparation as = recorded();
  EXPECT_EQ(code_of([&] {
              attempt(as, [](sqlite3* on) {
                execute(on, "INSERT INTO t VALUES (2)");
                sqlite3_exec(on, "INSERT OR ROLLBACK INTO t VALUES (1)", nullptr, nullptr, nullptr);
                sqlite3_exec(on, "INSERT INTO t VALUES (3)", nullptr, nullptr, nullptr);
              });
            }),
            "VOW-5262");
  EXPECT_EQ(rows(), "1");
  EXPECT_EQ(records_of(as), "");
}

TEST_F(RecordsInSqlite, LeaveNothingOfWorkThatBreaksForeignKeys) {
  const preparation as = recorded();
  EXPECT_EQ(code_of([&] { attempt(as, "INSERT INTO child VALUES (7)"); }), "VOW-5253");
  EXPECT_EQ(plain(path_).text("SELECT count(*) FROM child"), "0");
  EXPECT_EQ(records_of(as), "");
}

TEST_F(RecordsInSqlite, MayHaveStatementsThatAreNotFinished) {
  sqlite3_stmt* reading = nullptr;
  attempt(recorded(), [&](sqlite3* on) {
    ASSERT_EQ(sqlite3_prepare_v2(on, "SELECT * FROM t", -1, &reading, nullptr), SQLITE_OK);
    ASSERT_EQ(sqlite3_step(reading), SQLITE_ROW);
    execute(on, "INSERT INTO t VALUES (2)");
  });
  EXPECT_EQ(rows(), "1,2");
  sqlite3_finalize(reading);
}

TEST_F(RecordsInSqlite, LetNobodyUseTheConnectionAfterwards) {
  sqlite3* kept = nullptr;
  attempt(recorded(), [&](sqlite3* on) { kept = on; });
  EXPECT_EQ(sqlite3_exec(kept, "INSERT INTO t VALUES (2)", nullptr, nullptr, nullptr), SQLITE_AUTH);
  EXPECT_EQ(rows(), "1");
}

TEST_F(RecordsInSqlite, NeedNotSayWhatTheWorkThrew) {
  EXPECT_THROW(attempt(recorded(), [](sqlite3*) { throw std::logic_error("no"); }), std::logic_error);
  EXPECT_EQ(code_of([&] { attempt(recorded(), "INSERT INTO t VALUES (1)"); }), "VOW-5266") << "as SQLite did";
  EXPECT_EQ(rows(), "1");
}

// --- the table

TEST_F(RecordsInSqlite, AreCleanedManyAtATime) {
  plain(path_).run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) INSERT INTO vow_branch "
      "SELECT i, '-b', i, 'tcc', 'take', 'committed', NULL, 1, 1 FROM n");
  attempt(recorded());
  const preparation holder = prepare(on_, "INSERT INTO t VALUES (4)");
  book_.clean();
  EXPECT_EQ(plain(path_).text("SELECT count(*) FROM vow_branch"), "2");
  rollback_prepared(on_, holder);
}

}  // namespace
}  // namespace vow::sqlite
