// What the pool hands out is alive, and as new.
#include "vow/postgres/pool.h"

#include <future>

#include "tests/sdk/postgres/fixture.h"

namespace vow::postgres {
namespace {

using PoolOnPostgres = OnPostgres;

TEST_F(PoolOnPostgres, IsBoundedAndWaitsNoLongerThanAllowed) {
  pool two(connecting(), {.connections_max = 2, .connection_timeout = milliseconds(50)});
  const auto first = two.take();
  {
    const auto second = two.take();
    EXPECT_EQ(code_of([&] { (void)two.take(); }), "VOW-5210");
  }
  EXPECT_NO_THROW((void)two.take());
}

TEST_F(PoolOnPostgres, AWaiterGetsWhatIsGivenBack) {
  pool one(connecting(), {.connections_max = 1, .connection_timeout = milliseconds(20'000)});
  auto first = one.take();
  const int backend = first->process().number;
  auto second = std::async(std::launch::async, [&] { return one.take()->process().number; });
  first.give_back();
  EXPECT_EQ(second.get(), backend);
}

TEST_F(PoolOnPostgres, AFailedConnectionCostsNoPlace) {
  bool is_down = true;
  pool one(
      [&] {
        if (is_down) throw pqxx::broken_connection("down");
        return std::make_unique<pqxx::connection>(dsn_);
      },
      {.connections_max = 1, .connection_timeout = milliseconds(50)});
  EXPECT_EQ(code_of([&] { (void)one.take(); }), "VOW-5211");
  is_down = false;
  EXPECT_NO_THROW((void)one.take());
}

TEST_F(PoolOnPostgres, WhatIsNotGivenBackIsClosed) {
  const int backend = on().pool().take()->process().number;
  EXPECT_EQ(on().pool().idle(), 0u);
  EXPECT_TRUE(comes_true([&] {
    return ask("select count(*) from pg_stat_activity where pid = " + std::to_string(backend)) == "0";
  }));
}

TEST_F(PoolOnPostgres, NothingLeaksFromOneBranchToTheNext) {
  on({.connections_max = 1, .session_sql = "set search_path = public, pg_temp"});
  for (const bool is_prepared : {true, false}) {
    SCOPED_TRACE(is_prepared);
    auto branch = begin(preparation_of("b"));
    const auto backend = branch->work().exec("select pg_backend_pid()")[0][0].as<int>();
    branch->work().exec(
        "set statement_timeout = 1234; set search_path = nowhere; set role pg_monitor; "
        "select pg_advisory_lock(3)");
    if (is_prepared) {
      branch->work().exec("reset role; insert into public.account values (1, 10)");
      ASSERT_EQ(branch->prepare(), ballot::prepared);
      branch->commit();
    } else {
      branch->work().exec("create temporary table t (a int)");
      branch->work().exec("listen n; declare c cursor with hold for select 1");
      branch->rollback();
    }
    const auto next = begin(preparation_of("c"));
    const auto row = next->work().exec(
        "select pg_backend_pid(), current_setting('statement_timeout'), current_setting('search_path'), "
        "current_user, current_setting('synchronous_commit'), "
        "(select count(*) from pg_listening_channels()), (select count(*) from pg_cursors), "
        "to_regclass('pg_temp.t') is null, current_setting('lock_timeout')")[0];
    EXPECT_EQ(row[0].as<int>(), backend) << "not the same session: nothing is shown";
    EXPECT_EQ(row[1].as<std::string>(), "0");
    EXPECT_EQ(row[2].as<std::string>(), "public, pg_temp");
    EXPECT_EQ(row[3].as<std::string>(), testing::PostgresServer::user);
    EXPECT_EQ(row[4].as<std::string>(), "on");
    EXPECT_EQ(row[5].as<int>(), 0);
    EXPECT_EQ(row[6].as<int>(), 0);
    EXPECT_TRUE(row[7].as<bool>());
    EXPECT_EQ(row[8].as<std::string>(), "2s");
    EXPECT_EQ(ask("select pg_try_advisory_lock(3)"), "t");
    next->rollback();
  }
}

TEST_F(PoolOnPostgres, ASessionThatDiedWhileIdleIsReplacedBeforeWorkBegins) {
  for (int i = 0; i < 2; ++i) {
    prepare(preparation_of("b"), i, 10)->commit();
    ASSERT_EQ(on().pool().idle(), 1u);
    server_.kill();
    server_.start(usual());
  }
  prepare(preparation_of("b"), 5, 10)->commit();
  EXPECT_EQ(on().list_prepared().size(), 0u);
  EXPECT_EQ(balances(), "0=10 1=10 5=10");
}

TEST_F(PoolOnPostgres, AServerThatIsDownMayBeTriedAgain) {
  server_.kill();
  try {
    (void)begin(preparation_of("b"));
    ADD_FAILURE();
  } catch (const error& why) {
    EXPECT_EQ(why.code(), "VOW-5211");
    EXPECT_TRUE(why.retryable());
  }
}

}  // namespace
}  // namespace vow::postgres
