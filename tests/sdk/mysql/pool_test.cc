// Connections between branches: as new, alive, bounded; and never reconnected behind anybody's back.
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/mysql/fixture.h"

namespace vow::mysql {
namespace {

using ::testing::HasSubstr;

class Connections : public OnSharedServer {
 protected:
  [[nodiscard]] static std::string session(MYSQL* on) { return run(on, "SELECT CONNECTION_ID()")[0][0]; }
  [[nodiscard]] std::string kill(MYSQL* session_of) const {
    const std::string id = std::to_string(::mysql_thread_id(session_of));
    database_.sql("KILL " + id);
    EXPECT_TRUE(eventually([&] {
      return database_.sql("SELECT id FROM information_schema.processlist WHERE id = " + id).empty();
    }));
    return id;
  }
};

TEST_F(Connections, AreUsedAgainAsNew) {
  lease first = database_.connections()->take();
  const std::string id = session(first.get());
  run(first.get(), "SET @mine = 1, SESSION tx_isolation = 'SERIALIZABLE', SESSION autocommit = 0");
  run(first.get(), "CREATE TEMPORARY TABLE scratch (k INT)");
  ASSERT_TRUE(take_lock(first.get(), "vow.test.pool", 0s));
  first.give_back();
  const lease second = database_.connections()->take();
  EXPECT_EQ(session(second.get()), id);
  EXPECT_EQ(run(second.get(), "SELECT COALESCE(@mine, 'none')")[0][0], "none");
  EXPECT_NE(run(second.get(), "SELECT @@tx_isolation")[0][0], "SERIALIZABLE");
  EXPECT_EQ(run(second.get(), "SELECT @@autocommit")[0][0], "1");
  EXPECT_NE(try_run(second.get(), "SELECT * FROM scratch"), 0u);
  EXPECT_EQ(lock_holder(second.get(), "vow.test.pool"), "");
  EXPECT_EQ(run(second.get(), "SELECT @@innodb_lock_wait_timeout")[0][0], "2");
}

TEST_F(Connections, ThatWereLeftInAnotherDatabaseAreNotUsedAgain) {
  lease strayed = database_.connections()->take();
  const std::string id = session(strayed.get());
  run(strayed.get(), "USE mysql");
  strayed.give_back();
  const lease next = database_.connections()->take();
  EXPECT_NE(session(next.get()), id);
  EXPECT_EQ(run(next.get(), "SELECT DATABASE()")[0][0], database_.where().database);
  EXPECT_EQ(database_.connections()->idle(), 0u);
}

TEST_F(Connections, ThatGetALockHaveItAndThoseThatDoNotAreOfUseAllTheSame) {
  const auto take = [&](bool& has_lock) {
    return database_.connections()->take_with_lock("vow.test.pool", pool::instant::max(), has_lock);
  };
  // New ones, then used ones.
  for (int round = 0; round < 2; ++round) {
    bool first_has_it = false;
    bool second_has_it = true;
    lease first = take(first_has_it);
    lease second = take(second_has_it);
    EXPECT_TRUE(first_has_it);
    EXPECT_FALSE(second_has_it);
    EXPECT_EQ(lock_holder(second.get(), "vow.test.pool"), session(first.get()));
    EXPECT_EQ(run(second.get(), "SELECT @@wait_timeout")[0][0], "300");
    first.give_back();
    second.give_back();
    EXPECT_EQ(database_.connections()->idle(), 2u);
  }
}

TEST_F(Connections, ThatAreNotGivenBackExpresslyAreClosed) {
  { const lease dropped = database_.connections()->take(); }
  EXPECT_EQ(database_.connections()->idle(), 0u);
  EXPECT_EQ(database_.connections()->lent(), 0u);
}

TEST_F(Connections, WithAnOpenTransactionOrUnfetchedRowsDoNotComeBackSo) {
  lease open = database_.connections()->take();
  run(open.get(), "BEGIN");
  run(open.get(), "UPDATE accounts SET cents = 0");
  open.give_back();
  EXPECT_EQ(database_.sql("SELECT cents FROM accounts WHERE id = 1 FOR UPDATE")[0][0], "100");
  lease unread = database_.connections()->take();
  ASSERT_EQ(::mysql_query(unread.get(), "SELECT * FROM accounts"), 0);
  unread.give_back();
  const lease next = database_.connections()->take();
  EXPECT_EQ(run(next.get(), "SELECT 7")[0][0], "7");
}

TEST_F(Connections, ThatDiedWhileIdleAreReplaced) {
  lease first = database_.connections()->take();
  MYSQL* const handle = first.get();
  first.give_back();
  ASSERT_EQ(database_.connections()->idle(), 1u);
  const std::string dead = kill(handle);
  const lease second = database_.connections()->take();
  EXPECT_NE(session(second.get()), dead);
}

TEST_F(Connections, OfPreparedBranchesAreNotLent) {
  const auto prepared = database_.prepared_payment(new_preparation());
  EXPECT_EQ(database_.connections()->lent(), 1u);
  EXPECT_EQ(database_.connections()->idle(), 0u);
  prepared->commit();
  EXPECT_EQ(database_.connections()->lent(), 0u);
  EXPECT_EQ(database_.connections()->idle(), 1u);
}

TEST_F(Connections, AreBoundedAndWaitedFor) {
  const auto pool = database_.make_pool({.connections_max = 1, .connection_wait = 20s, .accept = {}});
  lease only = pool->take();
  std::thread waiting([&] { EXPECT_EQ(run(pool->take().get(), "SELECT 1")[0][0], "1"); });
  only.give_back();
  waiting.join();
  const auto hasty = database_.make_pool({.connections_max = 1, .connection_wait = 1ms, .accept = {}});
  const lease taken = hasty->take();
  const error why = error_of([&] { (void)hasty->take(); });
  EXPECT_EQ(why.code(), "VOW-5235");
  EXPECT_TRUE(why.retryable());
}

TEST_F(Connections, ThatCannotBeMadeTakeNoPlace) {
  parameters nowhere = database_.where();
  nowhere.socket += ".none";
  const auto pool =
      std::make_shared<mysql::pool>(connect_to(nowhere), options{.connections_max = 1, .accept = {}});
  for (int i = 0; i < 3; ++i) {
    const error why = error_of([&] { (void)pool->take(); });
    EXPECT_EQ(why.code(), "VOW-5230");
    EXPECT_THAT(why.what(), HasSubstr(nowhere.socket));
  }
  EXPECT_EQ(pool->lent(), 0u);
}

TEST_F(Connections, NeverReconnectByThemselvesEvenIfTheUserAskedForIt) {
  const connector careless = [&] {
    MYSQL* const handle = connect_to(database_.where())();
    const char on = 1;
    ::mysql_options(handle, MYSQL_OPT_RECONNECT, &on);
    return handle;
  };
  const auto pool = std::make_shared<mysql::pool>(careless, options{.accept = {}});
  const lease plain = pool->take();
  (void)kill(plain.get());
  EXPECT_EQ(error_of([&] { run(plain.get(), "SELECT 1"); }).code(), "VOW-5230");
  const start begun = begin(pool, new_preparation());
  run(begun.branch->get(), "UPDATE accounts SET cents = 1 WHERE id = 1");
  (void)kill(begun.branch->get());
  EXPECT_EQ(error_of([&] { run(begun.branch->get(), "UPDATE accounts SET cents = 2 WHERE id = 2"); }).code(),
            "VOW-5230");
  EXPECT_EQ(database_.cents(1), "100");
  EXPECT_EQ(database_.cents(2), "100");
}

TEST_F(Connections, ThatLeftTheBranchCannotVoteForIt) {
  const auto branch = database_.paid(new_preparation());
  ASSERT_EQ(::mysql_reset_connection(branch->get()), 0);
  run(branch->get(), "UPDATE accounts SET cents = 55 WHERE id = 2");  // outside, and committed alone
  const error why = error_of([&] { (void)branch->prepare(); });
  EXPECT_EQ(why.code(), "VOW-5238");
  EXPECT_EQ(database_.connections()->idle(), 0u);
}

}  // namespace
}  // namespace vow::mysql
