// Ending and listing by name alone, as recovery and other processes do.
#include "vow/postgres/database.h"

#include "tests/sdk/postgres/fixture.h"

namespace vow::postgres {
namespace {

using NamesOnPostgres = OnPostgres;
const preparation one = {"00000008000000c1m3nqpl1o0000000u0001g002", "orders_1", 77};

TEST_F(NamesOnPostgres, AnotherProcessCommitsAndRollsBack) {
  (void)prepare(one, 1, 10);
  (void)prepare(preparation_of("b"), 2, 20);
  const auto recovery = another();
  recovery->commit_prepared(one);
  recovery->rollback_prepared(preparation_of("b"));
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(NamesOnPostgres, EndsMayBeRepeatedByName) {
  (void)prepare(one, 1, 10);
  on().commit_prepared(one);
  EXPECT_NO_THROW(on().commit_prepared(one));
  EXPECT_NO_THROW(on().rollback_prepared(preparation_of("never_was")));
}

TEST_F(NamesOnPostgres, ABranchLearnsThatItsCommitWasDoneByAnother) {
  const auto branch = prepare(one, 1, 10);
  another()->commit_prepared(one);
  EXPECT_NO_THROW(branch->commit());
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(NamesOnPostgres, ABranchThatSomebodyRolledBackIsNotCalledCommitted) {
  const auto branch = prepare(one, 1, 10);
  ask("rollback prepared '" + one.name() + "'");
  EXPECT_EQ(code_of([&] { branch->commit(); }), "VOW-5222");
  EXPECT_EQ(code_of([&] { branch->commit(); }), "VOW-5222");
  EXPECT_NO_THROW(branch->rollback());
}

TEST_F(NamesOnPostgres, ABranchThatSomebodyCommittedIsNotCalledRolledBack) {
  const auto branch = prepare(one, 1, 10);
  ask("commit prepared '" + one.name() + "'");
  EXPECT_EQ(code_of([&] { branch->rollback(); }), "VOW-5222");
}

TEST_F(NamesOnPostgres, AnAbsentNameOnAnotherServerIsNotCalledCommitted) {
  const testing::PostgresServer restored(usual());
  std::string now = dsn_;
  // Connections lead elsewhere from one moment on, as after a failover.
  database moved([&] { return std::make_unique<pqxx::connection>(now); }, {});
  const auto branch = xa_branch::begin(moved, one, milliseconds(1'000));
  branch->work().exec("insert into account values (1, 10)");
  ASSERT_EQ(branch->prepare(), ballot::prepared);
  moved.pool().drop_idle();
  now = restored.dsn();
  EXPECT_EQ(code_of([&] { branch->commit(); }), "VOW-5223");
  EXPECT_EQ(code_of([&] { moved.commit_prepared(one); }), "VOW-5223");
  moved.pool().drop_idle();
  now = dsn_;
  EXPECT_NO_THROW(branch->commit());
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(NamesOnPostgres, AnotherDatabaseOfTheServerIsNamedAsTheMistake) {
  const auto branch = prepare(one, 1, 10);
  const std::string elsewhere = server_.dsn(server_.new_database());
  database wrong([&] { return std::make_unique<pqxx::connection>(elsewhere); }, {});
  EXPECT_EQ(code_of([&] { wrong.commit_prepared(one); }), "VOW-5113");
  EXPECT_TRUE(wrong.list_prepared().empty());
  branch->commit();
}

TEST_F(NamesOnPostgres, AnotherRoleIsNamedAsTheMistake) {
  const auto branch = prepare(one, 1, 10);
  ask("drop role if exists stranger; create role stranger login");
  database stranger([&] { return std::make_unique<pqxx::connection>(dsn_ + " options='-c role=stranger'"); },
                    {});
  EXPECT_EQ(code_of([&] { stranger.commit_prepared(one); }), "VOW-5112");
  branch->commit();
}

TEST_F(NamesOnPostgres, OnlyNamesThatParseAreListedWithTheirAge) {
  const auto ours = prepare(one, 1, 10);
  auto other_cell = preparation_of("b", 2);
  other_cell.xid[0] = '3';
  const auto theirs = prepare(other_cell, 2, 20);
  for (const char* name : {"order-7", "vow.", "vow.short.b.00000001", "VOW.x"})
    ask(std::string("begin; lock table account in row share mode; prepare transaction '") + name + "'");
  const auto found = on().list_prepared();
  ASSERT_EQ(found.size(), 2u);  // whose they are, the coordinator says
  EXPECT_EQ(found[0].which, one);
  EXPECT_EQ(found[1].which, other_cell);
  EXPECT_GE(found[0].age, found[1].age);
  EXPECT_LT(found[0].age, std::chrono::minutes(1));
  ASSERT_TRUE(comes_true([&] { return on().list_prepared()[1].age > milliseconds(20); }));
  ours->commit();
  EXPECT_EQ(prepared(), "5");
}

TEST_F(NamesOnPostgres, OneIsAloneAtATime) {
  const auto other = another();
  int runs = 0;
  EXPECT_TRUE(on().alone([&] {
    ++runs;
    EXPECT_FALSE(other->alone([&] { ++runs; }));
  }));
  EXPECT_EQ(runs, 1);
  EXPECT_TRUE(comes_true([&] { return other->alone([&] { ++runs; }); }));
  EXPECT_EQ(runs, 2);
}

TEST_F(NamesOnPostgres, BeingAloneEndsWithAnException) {
  EXPECT_THROW((void)on().alone([] { throw std::runtime_error("task"); }), std::runtime_error);
  EXPECT_TRUE(on().alone([] {})) << "it is given up at once";
}

}  // namespace
}  // namespace vow::postgres
