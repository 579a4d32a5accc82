// Calls come twice, late, or in the wrong order: each branch works once and ends once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/sqlite/databases.h"

namespace vow::sqlite {
namespace {

class RepeatsOnSqlite : public OnSqlite {
 protected:
  RepeatsOnSqlite() { make("CREATE TABLE t(a); INSERT INTO t VALUES (1)"); }
  std::string begin(const preparation& as) {
    return code_of([&] { const xa_branch branch(on_, as, soon()); });
  }
  std::string sum() { return plain(path_).text("SELECT sum(a) FROM t"); }

  database on_{path_, with_foreign_keys()};
};

TEST_F(RepeatsOnSqlite, ASecondCallFindsThePreparedBranch) {
  const preparation as = prepare(on_, "INSERT INTO t VALUES (10)");
  preparation again = as;
  again.nonce += 1;
  try {
    const xa_branch branch(on_, again, soon());
    FAIL() << "it works again";
  } catch (const already_prepared& why) {
    EXPECT_EQ(why.code(), "VOW-5255");
    EXPECT_EQ(why.which(), as);
  }
  commit_prepared(on_, as);
  EXPECT_EQ(sum(), "11");
}

TEST_F(RepeatsOnSqlite, ASecondCommitDoesNothing) {
  const preparation as = prepare(on_, "INSERT INTO t VALUES (10)");
  commit_prepared(on_, as);
  plain(path_).run("INSERT INTO t VALUES (100)");
  commit_prepared(on_, as);
  EXPECT_EQ(sum(), "111");
  EXPECT_EQ(begin(as), "VOW-5256");
  EXPECT_EQ(code_of([&] { rollback_prepared(on_, as); }), "VOW-5261");
  EXPECT_EQ(sum(), "111");
}

TEST_F(RepeatsOnSqlite, ASecondRollbackDoesNothing) {
  const preparation as = prepare(on_, "INSERT INTO t VALUES (10)");
  rollback_prepared(on_, as);
  rollback_prepared(on_, as);
  EXPECT_EQ(sum(), "1");
  EXPECT_EQ(begin(as), "VOW-5254");
  EXPECT_EQ(code_of([&] { commit_prepared(on_, as); }), "VOW-5259");
}

TEST_F(RepeatsOnSqlite, WorkThatComesAfterItsRollbackIsRefused) {
  const preparation as = new_preparation();
  rollback_prepared(on_, as);
  EXPECT_EQ(begin(as), "VOW-5254");
  EXPECT_TRUE(list_prepared(on_).empty());
  EXPECT_EQ(plain(path_).text("SELECT payload IS NULL FROM vow_branch"), "1");
}

TEST_F(RepeatsOnSqlite, OnlyTheNamedPreparationEnds) {
  const preparation as = prepare(on_, "INSERT INTO t VALUES (10)");
  preparation other = as;
  other.nonce += 1;
  EXPECT_EQ(code_of([&] { commit_prepared(on_, other); }), "VOW-5259");
  rollback_prepared(on_, other);
  ASSERT_EQ(list_prepared(on_).size(), 1u);
  EXPECT_EQ(list_prepared(on_)[0].which, as);
  rollback_prepared(on_, as);
  EXPECT_TRUE(list_prepared(on_).empty());
}

TEST_F(RepeatsOnSqlite, ACommitOfNothingKnownIsNotTakenForDone) {
  EXPECT_EQ(code_of([&] { commit_prepared(on_, new_preparation()); }), "VOW-5258");
  rollback_prepared(on_, new_preparation());  // makes the table
  EXPECT_EQ(code_of([&] { commit_prepared(on_, new_preparation()); }), "VOW-5258");
}

TEST_F(RepeatsOnSqlite, NoWorkBeginsAfterTheDeadline) {
  const preparation late = new_preparation(std::chrono::seconds(61), 60);
  EXPECT_EQ(begin(late), "VOW-5257");
  rollback_prepared(on_, late);  // needs no mark: the deadline refuses the work
  EXPECT_EQ(plain(path_).text("SELECT count(*) FROM vow_branch"), "0");
}

TEST_F(RepeatsOnSqlite, MarksGoOnceDeadlineAndRetentionArePast) {
  rollback_prepared(on_, prepare(on_, "INSERT INTO t VALUES (10)"));
  plain(path_).run(
      "UPDATE vow_branch SET deadline = deadline - 2*86400000, created_at = created_at - 2*86400000");
  rollback_prepared(on_, prepare(on_, "INSERT INTO t VALUES (10)"));
  EXPECT_EQ(plain(path_).text("SELECT count(*) FROM vow_branch"), "1");
}

TEST_F(RepeatsOnSqlite, ABranchThatTouchedNothingVotesReadOnly) {
  xa_branch branch(on_, new_preparation(), soon());
  branch.execute("SELECT * FROM t; DELETE FROM t WHERE a = 77");
  EXPECT_EQ(branch.prepare(), ballot::read_only);
  EXPECT_EQ(plain(path_).run("INSERT INTO t VALUES (3)"), "");
}

TEST_F(RepeatsOnSqlite, WhatIsPreparedIsListedWithItsAge) {
  const preparation as = prepare(on_, "INSERT INTO t VALUES (10)");
  plain(path_).run("UPDATE vow_branch SET created_at = created_at - 5000");
  const auto all = list_prepared(on_);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].which, as);
  EXPECT_GE(all[0].age.count(), 5'000);
  EXPECT_LT(all[0].age.count(), 25'000);
}

TEST_F(RepeatsOnSqlite, OneAtATimeRecovers) {
  int runs = 0;
  alone(on_, [&] {
    ++runs;
    alone(on_, [&] { runs += 10; });
  });
  alone(on_, [&] { ++runs; });
  EXPECT_EQ(runs, 2);
}

}  // namespace
}  // namespace vow::sqlite
