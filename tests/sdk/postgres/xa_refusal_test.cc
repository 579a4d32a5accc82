// Work that cannot be prepared: it is rolled back, and the error says why.
#include "tests/sdk/postgres/fixture.h"

namespace vow::postgres {
namespace {

using ::testing::HasSubstr;

class RefusalOnPostgres : public OnPostgres {
 protected:
  // What prepare() throws after `sql`, when nothing is left of the work.
  void expect_refused(const std::string& sql, const std::string& code, const std::string& hint,
                      bool retryable) {
    SCOPED_TRACE(sql);
    auto branch = begin(preparation_of("b"));
    branch->work().exec("insert into account values (1, 10)");
    branch->work().exec(sql);
    try {
      (void)branch->prepare();
      ADD_FAILURE() << "it was prepared";
    } catch (const error& why) {
      EXPECT_EQ(why.code(), code) << why.what();
      EXPECT_THAT(why.hint(), HasSubstr(hint));
      EXPECT_EQ(why.retryable(), retryable);
      EXPECT_EQ(why.xid(), preparation_of("b").xid);
    }
    branch->rollback();
    EXPECT_EQ(balances(), "");
    EXPECT_EQ(prepared(), "0");
    EXPECT_EQ(on().pool().idle(), 0u) << "a session that failed is not used again";
  }
};

TEST_F(RefusalOnPostgres, EachTrapIsNamedInPlainWords) {
  expect_refused("create temporary table t (a int)", "VOW-5214", "it has used a temporary table", false);
  expect_refused("notify n", "VOW-5214", "it has used NOTIFY", false);
  expect_refused("listen n", "VOW-5214", "it has used NOTIFY, LISTEN", false);
  expect_refused("declare c cursor with hold for select 1", "VOW-5214", "it has opened a cursor WITH HOLD",
                 false);
  expect_refused("select pg_export_snapshot()", "VOW-5214", "it has exported its snapshot", false);
}

TEST_F(RefusalOnPostgres, ADeferredConstraintFailsInPrepare) {
  ask("create table owner (id int primary key); create table pet (owner int references owner "
      "deferrable initially deferred)");
  expect_refused("insert into pet values (9)", "VOW-5216", "deferred constraint", false);
}

TEST_F(RefusalOnPostgres, WorkThatFailedIsNeverPrepared) {
  auto branch = begin(preparation_of("b"));
  branch->work().exec("insert into account values (1, 10)");
  EXPECT_ANY_THROW(branch->work().exec("select 1 / 0"));
  // PREPARE TRANSACTION would answer this with a quiet ROLLBACK.
  EXPECT_EQ(code_of([&] { return branch->prepare(); }), "VOW-5216");
  EXPECT_EQ(prepared(), "0");
}

TEST_F(RefusalOnPostgres, WorkThatEndsItsTransactionIsFoundOut) {
  for (const char* end : {"commit", "rollback", "commit; begin", "rollback; begin"}) {
    SCOPED_TRACE(end);
    auto branch = begin(preparation_of("b"));
    branch->work().exec(end);
    branch->work().exec("select count(*) from account");
    EXPECT_EQ(code_of([&] { return branch->prepare(); }), "VOW-5217");
    EXPECT_EQ(prepared(), "0");
  }
}

TEST_F(RefusalOnPostgres, ALostConnectionIsNotReplacedInsideTheWork) {
  auto branch = begin(preparation_of("b"));
  const std::string backend = branch->work().exec("select pg_backend_pid()")[0][0].as<std::string>();
  ask("select pg_terminate_backend(" + backend + ")");
  try {
    branch->work().exec("insert into account values (1, 10)");
    ADD_FAILURE();
  } catch (const std::exception& why) {
    EXPECT_TRUE(branch->is_transient(why)) << why.what();
  }
  EXPECT_ANY_THROW(branch->work().exec("insert into account values (2, 20)"));
  EXPECT_EQ(code_of([&] { return branch->prepare(); }), "VOW-5218");
  EXPECT_EQ(balances(), "");
}

TEST_F(RefusalOnPostgres, AServerThatPreparesNothingIsNamed) {
  server_.restart({.prepared_max = 0});
  expect_refused("select 1", "VOW-5111", "max_prepared_transactions", false);
  server_.restart(usual());
}

TEST_F(RefusalOnPostgres, ADatabaseThatBecomesReadOnlyRefusesWorkAndKeepsItsVow) {
  const auto vowed = prepare(preparation_of("a"), 2, 20);
  ask("do $$ begin execute format('alter database %I set default_transaction_read_only = on', "
      "current_database()); end $$");
  on().pool().drop_idle();  // sessions that are open stay as they are
  auto branch = begin(preparation_of("b"));
  try {
    branch->work().exec("insert into account values (1, 10)");
    ADD_FAILURE() << "it was written";
  } catch (const std::exception& why) {
    EXPECT_THAT(why.what(), HasSubstr("read-only"));
    EXPECT_FALSE(branch->is_transient(why)) << "another attempt ends no better";
  }
  branch->rollback();
  vowed->commit();
  EXPECT_EQ(balances(), "2=20");
}

TEST_F(RefusalOnPostgres, UsedUpRoomMayBeTriedAgain) {
  server_.restart({.prepared_max = 1});
  const auto first = prepare(preparation_of("a"), 2, 20);
  auto second = begin(preparation_of("b"));
  second->work().exec("insert into account values (1, 10)");
  try {
    (void)second->prepare();
    ADD_FAILURE();
  } catch (const error& why) {
    EXPECT_EQ(why.code(), "VOW-5215") << why.what();
    EXPECT_TRUE(why.retryable());
  }
  first->commit();
  EXPECT_EQ(balances(), "2=20");
  server_.restart(usual());
}

TEST_F(RefusalOnPostgres, ASessionLockDoesNotOutliveTheBranch) {
  auto branch = begin(preparation_of("b"));
  branch->work().exec("select pg_advisory_lock(7), pg_advisory_xact_lock(7)");
  branch->work().exec("insert into account values (1, 10)");
  EXPECT_EQ(branch->prepare(), ballot::prepared);
  branch->commit();
  EXPECT_EQ(ask("select pg_try_advisory_lock(7)"), "t");
}

}  // namespace
}  // namespace vow::postgres
