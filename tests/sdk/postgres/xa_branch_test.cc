// What a branch on PostgreSQL promises while nothing goes wrong but processes and servers.
#include "vow/postgres/xa_branch.h"

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include "tests/sdk/postgres/fixture.h"

namespace vow::postgres {
namespace {

using XaOnPostgres = OnPostgres;
const preparation one = {"00000008000000c1m3nqpl1o0000000u0001g002", "orders_1", 77};

TEST_F(XaOnPostgres, NamesParse) {
  preparation parsed;
  EXPECT_TRUE(preparation::parse(one.name(), parsed));
  EXPECT_EQ(parsed, one);
}

TEST_F(XaOnPostgres, NothingIsSeenBeforeTheCommitAndAllOfItAfter) {
  auto branch = begin(one);
  branch->work().exec_params("insert into account values ($1, $2)", 1, 10);
  EXPECT_EQ(balances(), "");
  EXPECT_EQ(branch->prepare(), ballot::prepared);
  EXPECT_EQ(balances(), "");
  EXPECT_EQ(ask("select gid from pg_prepared_xacts where database = current_database()"), one.name());
  branch->commit();
  EXPECT_EQ(balances(), "1=10");
  EXPECT_EQ(prepared(), "0");
}

TEST_F(XaOnPostgres, ARollbackLeavesNothing) {
  prepare(one, 1, 10)->rollback();
  auto working = begin(preparation_of("b"));
  working->work().exec("insert into account values (2, 20)");
  working->rollback();
  EXPECT_EQ(balances(), "");
  EXPECT_EQ(prepared(), "0");
}

TEST_F(XaOnPostgres, APreparedBranchHoldsNoConnection) {
  on({.connections_max = 1});
  const auto first = prepare(one, 1, 10);
  const auto second = prepare(preparation_of("b"), 2, 20);
  EXPECT_EQ(on().pool().idle(), 1u);
  first->commit();
  second->commit();
  EXPECT_EQ(balances(), "1=10 2=20");
}

TEST_F(XaOnPostgres, EndsMayBeRepeated) {
  const auto committed = prepare(one, 1, 10);
  committed->commit();
  EXPECT_NO_THROW(committed->commit());
  const auto undone = prepare(preparation_of("b"), 2, 20);
  undone->rollback();
  EXPECT_NO_THROW(undone->rollback());
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(XaOnPostgres, ADestroyedBranchStaysPreparedIfItWasAndIsLostIfNot) {
  prepare(one, 1, 10).reset();
  {
    auto working = begin(preparation_of("b"));
    working->work().exec("insert into account values (2, 20)");
  }
  EXPECT_EQ(prepared(), "1");
  on().commit_prepared(one);
  EXPECT_EQ(balances(), "1=10");
  // The server has ended what was not prepared: nobody waits for its row.
  EXPECT_TRUE(comes_true(
      [&] { return ask("select count(*) from pg_locks where locktype = 'transactionid'") == "0"; }));
}

TEST_F(XaOnPostgres, APreparedBranchSurvivesTheServer) {
  const auto kept = prepare(one, 1, 10);
  const auto undone = prepare(preparation_of("b"), 2, 20);
  server_.kill();
  server_.start();
  EXPECT_EQ(prepared(), "2");
  kept->commit();
  undone->rollback();
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(XaOnPostgres, APreparedBranchSurvivesTheProcess) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const ::pid_t child = ::fork();
  if (child == 0) {
    const auto mine = another();
    const auto branch = xa_branch::begin(*mine, one, milliseconds(1'000));
    branch->work().exec("insert into account values (1, 10)");
    const char done = branch->prepare() == ballot::prepared ? 'y' : 'n';
    (void)!::write(ready[1], &done, 1);
    for (;;) ::pause();
  }
  char done = 0;
  ASSERT_EQ(::read(ready[0], &done, 1), 1);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);
  EXPECT_EQ(done, 'y');
  EXPECT_EQ(prepared(), "1");
  on().commit_prepared(one);
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(XaOnPostgres, ReadingVotesReadOnly) {
  ask("insert into account values (1, 10)");
  auto branch = begin(one);
  branch->work().exec("select * from account");
  EXPECT_EQ(branch->prepare(), ballot::read_only);
  EXPECT_EQ(prepared(), "0");
  EXPECT_EQ(on().pool().idle(), 1u);
}

TEST_F(XaOnPostgres, WorkThatOnlyLocksIsPrepared) {
  ask("insert into account values (1, 10)");
  int nonce = 0;
  for (const char* lock : {"select * from account where id = 1 for update", "select * from account for share",
                           "select * from account for key share", "lock table account in share mode",
                           "lock table account in row share mode", "select pg_advisory_xact_lock(5)",
                           "select pg_advisory_xact_lock_shared(1, 2)"}) {
    SCOPED_TRACE(lock);
    auto branch = begin(preparation_of("b", ++nonce));
    branch->work().exec(lock);
    EXPECT_EQ(branch->prepare(), ballot::prepared);
    branch->rollback();
  }
}

TEST_F(XaOnPostgres, DeferredConstraintsRunAsTheWorkDid) {
  ask("create schema shop; create table shop.seen (id int); "
      "create function note() returns trigger language plpgsql as "
      "$$ begin insert into seen values (new.id); return null; end $$; "
      "create constraint trigger noting after insert on account deferrable initially deferred "
      "for each row execute function note()");
  auto branch = begin(preparation_of("b"));
  branch->work().exec("set search_path = shop, public; insert into account values (1, 10)");
  EXPECT_EQ(branch->prepare(), ballot::prepared);
  branch->commit();
  EXPECT_EQ(ask("select id from shop.seen"), "1");
  EXPECT_EQ(on().pool().take()->run("show search_path")[0][0].as<std::string>(), "\"$user\", public");
}

TEST_F(XaOnPostgres, ALockIsHeldUntilTheEnd) {
  ask("insert into account values (1, 10)");
  auto branch = begin(one);
  branch->work().exec("select * from account for update");
  ASSERT_EQ(branch->prepare(), ballot::prepared);
  const std::string taken = "select count(*) from (select * from account for update skip locked) t";
  EXPECT_EQ(ask(taken), "0");
  branch->commit();
  EXPECT_EQ(ask(taken), "1");
}

TEST_F(XaOnPostgres, ASerializableReadIsCheckedThoughItWroteNothing) {
  ask("insert into account values (1, 0), (2, 0)");
  on({.isolation = isolation::serializable});
  // The reader sees the second's work but not the first's, which came before it: no order explains that.
  pqxx::connection first(dsn_), second(dsn_);
  run(first, "begin isolation level serializable; select sum(balance) from account");
  run(second, "begin isolation level serializable; update account set balance = 20 where id = 2; commit");
  auto reader = begin(one);
  reader->work().exec("select * from account");
  EXPECT_EQ(reader->work().exec("show transaction_isolation")[0][0].as<std::string>(), "serializable");
  EXPECT_EQ(reader->prepare(), ballot::read_only);
  // Only since the reader has committed, not rolled back, is this one the one to fail.
  EXPECT_ANY_THROW(run(first, "update account set balance = -11 where id = 1"); run(first, "commit"));
}

TEST_F(XaOnPostgres, ALockWaitEndsWithinTheBoundAndMayBeTriedAgain) {
  const auto holder = prepare(one, 1, 10);
  auto waiter = begin(preparation_of("b"), milliseconds(100));
  const auto start = std::chrono::steady_clock::now();
  try {
    waiter->work().exec("insert into account values (1, 11)");
    ADD_FAILURE() << "it got the lock";
  } catch (const std::exception& why) {
    EXPECT_TRUE(waiter->is_transient(why)) << why.what();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(5'000));
  waiter->rollback();
  holder->commit();
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(XaOnPostgres, AMistakeInTheWorkMayNotBeTriedAgain) {
  auto branch = begin(one);
  try {
    branch->work().exec("select 1 / 0");
    ADD_FAILURE();
  } catch (const std::exception& why) {
    EXPECT_FALSE(branch->is_transient(why));
  }
}

TEST_F(XaOnPostgres, BranchesAreAsDurableAsTheServerCan) {
  ask("alter database " + ask("select current_database()") + " set synchronous_commit = off");
  auto branch = begin(one);
  EXPECT_EQ(branch->work().exec("show synchronous_commit")[0][0].as<std::string>(), "on");
  branch->rollback();
  ask("alter database " + ask("select current_database()") + " set synchronous_commit = remote_apply");
  on().pool().drop_idle();
  auto more = begin(one);
  EXPECT_EQ(more->work().exec("show synchronous_commit")[0][0].as<std::string>(), "remote_apply");
}

}  // namespace
}  // namespace vow::postgres
