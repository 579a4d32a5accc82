// What a branch on MariaDB promises while its server and its connections are well.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/mysql/fixture.h"

namespace vow::mysql {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class XaOnMariadb : public OnSharedServer {};

TEST_F(XaOnMariadb, NobodySeesTheWorkBeforeItIsCommitted) {
  const preparation as = new_preparation();
  const auto branch = database_.paid(as);
  EXPECT_EQ(branch->prepare(), ballot::prepared);
  EXPECT_EQ(database_.cents(1), "100");
  EXPECT_THAT(database_.prepared(), Contains(as));
  branch->commit();
  EXPECT_EQ(database_.cents(1), "99");
  EXPECT_THAT(database_.prepared(), Not(Contains(as)));
}

TEST_F(XaOnMariadb, NothingIsLeftOfWhatIsRolledBack) {
  database_.paid(new_preparation(), 1)->rollback();
  database_.prepared_payment(new_preparation(), 2)->rollback();
  { const auto forgotten = database_.paid(new_preparation(), 3); }
  EXPECT_EQ(database_.cents(1), "100");
  EXPECT_EQ(database_.cents(2), "100");
  EXPECT_EQ(database_.sql("SELECT cents FROM accounts WHERE id = 3 FOR UPDATE")[0][0], "100");
}

TEST_F(XaOnMariadb, EndingTwiceTheSameWayIsEndingOnce) {
  const auto committed = database_.prepared_payment(new_preparation(), 1);
  committed->commit();
  committed->commit();
  const auto undone = database_.prepared_payment(new_preparation(), 2);
  undone->rollback();
  undone->rollback();
  EXPECT_EQ(database_.cents(1), "99");
  EXPECT_EQ(database_.cents(2), "100");
}

TEST_F(XaOnMariadb, WhatIsNotPreparedCannotBeCommitted) {
  const auto branch = database_.paid(new_preparation());
  EXPECT_EQ(error_of([&] { branch->commit(); }).code(), "VOW-5247");
  branch->rollback();
  EXPECT_EQ(error_of([&] { branch->commit(); }).code(), "VOW-5247");
  EXPECT_EQ(database_.cents(1), "100");
}

TEST_F(XaOnMariadb, APreparedBranchTakesNoMoreStatements) {
  const auto branch = database_.paid(new_preparation());
  MYSQL* const kept = branch->get();
  ASSERT_EQ(branch->prepare(), ballot::prepared);
  EXPECT_EQ(error_of([&] { (void)branch->get(); }).code(), "VOW-5247");
  EXPECT_EQ(error_of([&] { run(kept, "UPDATE accounts SET cents = 0"); }).code(), "VOW-5240");
  branch->commit();
  EXPECT_EQ(database_.cents(1), "99");
}

// The server's copy of its transactions may be old, and then a branch votes as if it had changed something.
TEST_F(XaOnMariadb, ABranchThatOnlyReadVotesReadOnlyWhenTheServerCanTell) {
  ASSERT_TRUE(eventually(
      [&] {
        const preparation as = new_preparation();
        const auto branch = database_.work(as);
        EXPECT_EQ(run(branch->get(), "SELECT * FROM accounts").size(), 3u);
        if (branch->prepare() == ballot::prepared) {
          branch->rollback();
          return false;
        }
        EXPECT_THAT(database_.prepared(), Not(Contains(as)));
        branch->rollback();
        return true;
      },
      view_age));
}

TEST_F(XaOnMariadb, ABranchThatLockedOrWroteNeverVotesReadOnly) {
  for (const char* statement :
       {"SELECT * FROM accounts WHERE id = 1 FOR UPDATE",
        "SELECT * FROM accounts WHERE id = 1 LOCK IN SHARE MODE",
        "SELECT * FROM accounts WHERE id = 77 FOR UPDATE", "UPDATE accounts SET cents = cents WHERE id = 1",
        "INSERT INTO accounts VALUES (9,0)", "DELETE FROM accounts WHERE id = 77"}) {
    // Until the server has told for certain; a new name each time.
    ASSERT_TRUE(eventually(
        [&] {
          const auto branch = database_.work(new_preparation());
          run(branch->get(), statement);
          const auto known = has_changed_anything(branch->get(), new_preparation().name());
          EXPECT_NE(known, std::optional(false)) << statement;
          EXPECT_EQ(branch->prepare(), ballot::prepared) << statement;
          branch->rollback();
          return known.has_value();
        },
        view_age))
        << statement;
  }
}

// What the server shows was right a moment ago: the work came after it.
TEST_F(XaOnMariadb, AnOldViewOfATransactionIsNotBelieved) {
  ASSERT_TRUE(eventually(
      [&] {
        const auto branch = database_.work(new_preparation());
        run(branch->get(), "SELECT * FROM accounts");
        if (has_changed_anything(branch->get(), new_preparation().name()) != std::optional(false))
          return false;
        run(branch->get(), "UPDATE accounts SET cents = 0 WHERE id = 1");
        EXPECT_NE(has_changed_anything(branch->get(), new_preparation().name()), std::optional(false));
        EXPECT_EQ(branch->prepare(), ballot::prepared);
        branch->rollback();
        return true;
      },
      view_age));
}

TEST_F(XaOnMariadb, ALockThatWasOnlyReadIsKeptUntilTheBranchEnds) {
  const auto reader = database_.work(new_preparation());
  run(reader->get(), "SELECT * FROM accounts WHERE id = 1 FOR UPDATE");
  ASSERT_EQ(reader->prepare(), ballot::prepared);
  const auto writer = database_.connect();
  run(writer.get(), "SET innodb_lock_wait_timeout = 0");
  EXPECT_EQ(try_run(writer.get(), "UPDATE accounts SET cents = 0 WHERE id = 1"), number::lock_wait_timeout);
  reader->commit();
  EXPECT_EQ(try_run(writer.get(), "UPDATE accounts SET cents = 0 WHERE id = 1"), 0u);
}

TEST_F(XaOnMariadb, WaitingForARowIsBoundedAndMayBeTriedAgain) {
  const auto pool = database_.make_pool({.lock_wait = 1s, .accept = {}});
  const auto holder = database_.prepared_payment(new_preparation());
  const start second = begin(pool, new_preparation());
  const auto before = std::chrono::steady_clock::now();
  const error why =
      error_of([&] { run(second.branch->get(), "UPDATE accounts SET cents = 0 WHERE id = 1"); });
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
  EXPECT_EQ(why.code(), "VOW-5231");
  EXPECT_TRUE(why.retryable());
  // Also where the user's code throws errors of its own.
  EXPECT_TRUE(second.branch->is_transient(std::runtime_error("too late")));
  second.branch->rollback();
  holder->commit();
}

TEST_F(XaOnMariadb, WaitingForATableIsBoundedToo) {
  const auto holder = database_.connect();
  run(holder.get(), "LOCK TABLES accounts WRITE");
  const auto pool = database_.make_pool({.lock_wait = 1s, .accept = {}});
  const start waiting = begin(pool, new_preparation());
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(error_of([&] { run(waiting.branch->get(), "SELECT * FROM accounts"); }).code(), "VOW-5231");
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

TEST_F(XaOnMariadb, NoLockIsWaitedForPastTheDeadline) {
  const auto pool = database_.make_pool({.lock_wait = 50s, .accept = {}});
  const start near_its_end = begin(pool, new_preparation(), std::chrono::steady_clock::now() + 3s);
  EXPECT_THAT(run(near_its_end.branch->get(), "SELECT @@innodb_lock_wait_timeout")[0][0],
              ::testing::AnyOf("2", "3"));
}

TEST_F(XaOnMariadb, TheVictimOfADeadlockCannotPrepareAndMayBeTriedAgain) {
  const auto one = database_.paid(new_preparation(), 1);
  const auto other = database_.paid(new_preparation(), 2);
  // One of the two is chosen, and its work is lost at once.
  unsigned error_of_one = 0;
  std::thread crossing(
      [&] { error_of_one = try_run(one->get(), "UPDATE accounts SET cents = 0 WHERE id = 2"); });
  const unsigned error_of_other = try_run(other->get(), "UPDATE accounts SET cents = 0 WHERE id = 1");
  crossing.join();
  ASSERT_TRUE((error_of_one == number::deadlock) != (error_of_other == number::deadlock));
  auto& victim = error_of_one == number::deadlock ? *one : *other;
  auto& survivor = error_of_one == number::deadlock ? *other : *one;
  EXPECT_TRUE(victim.is_transient(std::runtime_error("deadlock")));
  const error why = error_of([&] { (void)victim.prepare(); });
  EXPECT_EQ(why.code(), "VOW-5233");
  EXPECT_TRUE(why.retryable());
  EXPECT_EQ(survivor.prepare(), ballot::prepared);
  survivor.commit();
}

TEST_F(XaOnMariadb, StatementsThatWouldEndTheBranchAreRefusedInPlainWords) {
  const auto branch = database_.paid(new_preparation());
  for (const char* statement :
       {"CREATE TABLE other (k INT)", "ALTER TABLE accounts ADD COLUMN x INT", "TRUNCATE accounts", "BEGIN",
        "COMMIT", "ROLLBACK", "LOCK TABLES accounts WRITE", "XA START 'mine'"}) {
    const error why = error_of([&] { run(branch->get(), statement); });
    EXPECT_EQ(why.code(), "VOW-5240") << statement;
    EXPECT_THAT(why.what(), HasSubstr("cannot be part of a branch")) << statement;
    EXPECT_FALSE(why.retryable());
  }
  ASSERT_EQ(branch->prepare(), ballot::prepared);
  branch->commit();
  EXPECT_EQ(database_.cents(1), "99");
}

TEST_F(XaOnMariadb, RowsThatWereNotFetchedKeepABranchFromPreparing) {
  const auto branch = database_.paid(new_preparation());
  ASSERT_EQ(::mysql_query(branch->get(), "SELECT * FROM accounts"), 0);
  EXPECT_EQ(error_of([&] { (void)branch->prepare(); }).code(), "VOW-5241");
  ASSERT_TRUE(eventually([&] { return database_.connections()->lent() == 0; }));
  EXPECT_EQ(database_.sql("SELECT cents FROM accounts WHERE id = 1 FOR UPDATE")[0][0], "100");
}

TEST_F(XaOnMariadb, NamesThatAreNotSoundReachNoStatement) {
  preparation evil = new_preparation();
  evil.branch = "x'; DROP";
  EXPECT_EQ(error_of([&] { (void)begin(database_.connections(), evil); }).code(), "VOW-5245");
  EXPECT_EQ(error_of([&] { end_by_name(*database_.connections(), evil, ending::rollback); }).code(),
            "VOW-5245");
}

}  // namespace
}  // namespace vow::mysql
