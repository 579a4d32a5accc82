// What a cluster is: a coordinator in this process, which can be looked at, stopped and started.
#include <algorithm>
#include <chrono>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/testing/eventually.h"

#include "vow/testing.h"

namespace vow::testing {
namespace {

using namespace std::chrono_literals;
using sdk::Shelf;
using sdk::ShelfResource;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Machine = std::chrono::steady_clock;

class ClusterTest : public ::testing::Test {
 protected:
  static std::string take(client& by, ShelfResource& from) {
    std::string xid;
    by.run("take", [&](tx& in) {
      xid = in.xid();
      from.in(in).add("thing", -1);
    });
    return xid;
  }

  Shelf shelf_{Shelf::Ages::as_they_are};
  cluster cluster_;
};

TEST_F(ClusterTest, IsThereAtOnce) {
  auto fastest = Machine::duration::max();  // of some, since a machine may be busy
  for (int i = 0; i < 20 && fastest >= 200ms; ++i) {
    const auto begun = Machine::now();
    const cluster another;
    fastest = std::min(fastest, Machine::now() - begun);
  }
  EXPECT_LT(fastest, 200ms);
}

TEST_F(ClusterTest, CommitsAndSaysWhatItCommitted) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  const std::string xid = take(client, stock);
  EXPECT_EQ(shelf_.stock("thing"), -1);
  EXPECT_EQ(cluster_.outcome(xid), outcome::committed);

  cluster_.settle();
  const auto all = cluster_.transactions();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].xid, xid);
  EXPECT_EQ(all[0].state, "committed");
  EXPECT_EQ(all[0].outcome, outcome::committed);
  ASSERT_EQ(all[0].branches.size(), 1u);
  EXPECT_EQ(all[0].branches[0].resource, "stock-db");
  EXPECT_EQ(all[0].branches[0].standing, "finished");
}

TEST_F(ClusterTest, KnowsNothingOfAnother) {
  cluster another;
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  const std::string xid = take(client, stock);
  EXPECT_EQ(another.outcome(xid), outcome::unknown);
  EXPECT_TRUE(another.transactions().empty());
  another.stop();
  take(client, stock);
  EXPECT_EQ(shelf_.stock("thing"), -2);
}

TEST_F(ClusterTest, ForgetsNoDecisionWhenItIsRestarted) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  const std::string before = take(client, stock);
  cluster_.restart();
  const std::string after = take(client, stock);
  EXPECT_EQ(cluster_.outcome(before), outcome::committed);
  EXPECT_EQ(cluster_.outcome(after), outcome::committed);
}

TEST_F(ClusterTest, RollsBackWhatWasUndecidedWhenItIsRestarted) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  std::string first;
  const auto result = client.try_run("take", {.retry = retry::never()}, [&](tx& in) {
    first = in.xid();
    stock.in(in).add("thing", -1);
    cluster_.restart();
  });
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(cluster_.outcome(first), outcome::rolled_back);
  cluster_.settle();
  EXPECT_EQ(shelf_.stock("thing"), 0);
}

TEST_F(ClusterTest, AnswersNothingWhileItIsStopped) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  cluster_.stop();
  EXPECT_THROW((void)cluster_.transactions(), std::logic_error);
  const auto result = client.try_run("take", {.timeout = 50ms, .outcome_timeout = 50ms},
                                     [&](tx& in) { stock.in(in).add("thing", -1); });
  EXPECT_FALSE(result.ok());

  cluster_.start();
  take(client, stock);
  cluster_.settle();
  EXPECT_EQ(shelf_.stock("thing"), -1);
  EXPECT_EQ(shelf_.prepared(), 0u);
}

TEST_F(ClusterTest, SaysWhatIsLeftWhenItDoesNotSettle) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  shelf_.fails([](Shelf::Step step, const std::string&) {
    if (step == Shelf::Step::commit) throw std::runtime_error("the database is down");
  });
  const std::string xid = take(client, stock);
  const auto why_not = [&]() -> std::string {
    try {
      cluster_.settle(100ms);
      return "it is at rest with a branch that is prepared";
    } catch (const unsettled& why) {
      return why.what();
    }
  };
  // The first attempt to commit may still be on its way.
  EXPECT_TRUE(eventually([&] { return why_not().find("the database is down") != std::string::npos; }));
  EXPECT_THAT(why_not(), AllOf(HasSubstr(xid), HasSubstr("committing"), HasSubstr("the database is down")));
  shelf_.fails({});
  cluster_.settle();
  EXPECT_EQ(shelf_.prepared(), 0u);
}

TEST_F(ClusterTest, SettlesWithoutLettingTimePassIfNothingWaitsForIt) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  client.run("take", {.timeout = 2s}, [&](tx& in) {
    cluster_.settle();
    stock.in(in).add("thing", -1);
  });
  EXPECT_EQ(shelf_.stock("thing"), -1);
}

TEST_F(ClusterTest, MayEndBeforeItsClients) {
  auto cluster = std::make_unique<testing::cluster>();
  client client(cluster->options());
  ShelfResource stock(client, "stock-db", shelf_);
  take(client, stock);
  cluster.reset();
  const auto result = client.try_run("take", {.timeout = 50ms, .outcome_timeout = 50ms},
                                     [&](tx& in) { stock.in(in).add("thing", -1); });
  EXPECT_FALSE(result.ok());
}

TEST_F(ClusterTest, RefusesWhatIsNoName) { EXPECT_THROW((void)cluster_.outcome("7"), std::invalid_argument); }

}  // namespace
}  // namespace vow::testing
