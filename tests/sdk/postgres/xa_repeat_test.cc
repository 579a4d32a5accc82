// A request that comes twice: the second one finds what the first one left, or that it is still at it.
#include "tests/sdk/postgres/fixture.h"

namespace vow::postgres {
namespace {

using beginning::result;

class RepeatOnPostgres : public OnPostgres {
 protected:
  // Each attempt has a nonce of its own.
  xa_branch::attempt try_to_begin(const std::string& branch) {
    return xa_branch::begin_unless_there(on(), preparation_of(branch, ++nonce_), milliseconds(2'000));
  }
  static void insert(xa_branch::attempt& into, int id) {
    into.branch->work().exec("insert into account values (" + std::to_string(id) + ", 10)");
  }
  std::uint64_t nonce_ = 0;
};

TEST_F(RepeatOnPostgres, TheFirstOneBegins) {
  auto first = try_to_begin("b");
  ASSERT_EQ(first.result, result::begun);
  insert(first, 1);
  EXPECT_EQ(first.branch->prepare(), ballot::prepared);
  first.branch->commit();
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(RepeatOnPostgres, AConcurrentDuplicateIsToldAtOnce) {
  auto first = try_to_begin("b");
  insert(first, 1);
  const auto second = try_to_begin("b");
  EXPECT_EQ(second.result, result::another_is_at_it);
  EXPECT_EQ(second.branch, nullptr);
  EXPECT_EQ(on().pool().idle(), 1u) << "its connection is free again";
  EXPECT_EQ(first.branch->prepare(), ballot::prepared);
}

TEST_F(RepeatOnPostgres, ADuplicateAfterPrepareFindsThePreparation) {
  auto first = try_to_begin("b");
  insert(first, 1);
  ASSERT_EQ(first.branch->prepare(), ballot::prepared);
  const auto second = try_to_begin("b");
  EXPECT_EQ(second.result, result::there_already);
  EXPECT_EQ(second.found, preparation_of("b", 1));
}

TEST_F(RepeatOnPostgres, ItFindsThePreparationAfterACrashToo) {
  {
    auto first = try_to_begin("b");
    insert(first, 1);
    ASSERT_EQ(first.branch->prepare(), ballot::prepared);
  }
  database_.reset();
  server_.kill();
  server_.start(usual());
  EXPECT_EQ(try_to_begin("b").result, result::there_already);
}

TEST_F(RepeatOnPostgres, APreparationThatWasNotGuardedIsFoundAsWell) {
  const auto plain = prepare(preparation_of("b", 99), 1, 10);
  const auto second = try_to_begin("b");
  EXPECT_EQ(second.result, result::there_already);
  EXPECT_EQ(second.found, preparation_of("b", 99));
}

TEST_F(RepeatOnPostgres, AfterTheEndItBeginsAnewUnderAnotherNonce) {
  auto first = try_to_begin("b");
  insert(first, 1);
  ASSERT_EQ(first.branch->prepare(), ballot::prepared);
  first.branch->commit();
  auto second = try_to_begin("b");
  EXPECT_EQ(second.result, result::begun);  // the coordinator has decided without this nonce: it rolls back
  insert(second, 2);
  EXPECT_EQ(second.branch->prepare(), ballot::prepared);
  on().rollback_prepared(preparation_of("b", 2));
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(RepeatOnPostgres, OtherBranchesAreNotMistakenForIt) {
  auto first = try_to_begin("b_1");
  insert(first, 1);
  // `_` stands for any character where a pattern is compared.
  EXPECT_EQ(try_to_begin("bx1").result, result::begun);
  ASSERT_EQ(first.branch->prepare(), ballot::prepared);
  EXPECT_EQ(try_to_begin("b").result, result::begun);
  EXPECT_EQ(try_to_begin("b_").result, result::begun);
  auto other = preparation_of("b_1", 5);
  other.xid[39] = '3';
  EXPECT_EQ(xa_branch::begin_unless_there(on(), other, milliseconds(1'000)).result, result::begun);
}

TEST_F(RepeatOnPostgres, TheGuardIsNoWork) {
  auto first = try_to_begin("b");
  first.branch->work().exec("select * from account");
  EXPECT_EQ(first.branch->prepare(), ballot::read_only);
  EXPECT_EQ(try_to_begin("b").result, result::begun) << "it is let go with the branch";
}

}  // namespace
}  // namespace vow::postgres
