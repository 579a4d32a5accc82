// The clock of a cluster and of its clients: a test lets time pass without waiting for it.
#include <chrono>
#include <future>

#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"

#include "vow/testing.h"

namespace vow::testing {
namespace {

using namespace std::chrono_literals;
using sdk::Shelf;
using sdk::ShelfResource;
using Machine = std::chrono::steady_clock;

class TimeTest : public ::testing::Test {
 protected:
  ~TimeTest() override { EXPECT_LT(Machine::now() - begun_, 55s) << "a minute should pass at once"; }

  const Machine::time_point begun_ = Machine::now();
  Shelf shelf_{Shelf::Ages::as_they_are};
  cluster cluster_;
};

TEST_F(TimeTest, EndsWorkInAClientByItsDeadline) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  const auto result = client.try_run("take", {.timeout = 60s, .retry = retry::never()}, [&](tx& in) {
    EXPECT_GT(in.deadline(), Machine::now());
    cluster_.advance(61s);
    EXPECT_LE(in.deadline(), Machine::now());
    stock.in(in).add("thing", -1);
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5006");
}

TEST_F(TimeTest, EndsTransactionsAtTheCoordinatorByTheirDeadline) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  cluster_.crash_after(step::vote);
  std::string xid;
  const auto dies = [&](tx& in) {
    xid = in.xid();
    stock.in(in).add("thing", -1);
  };
  EXPECT_THROW(client.run("take", {.timeout = 60s}, dies), crashed);
  cluster_.advance(50s);
  EXPECT_EQ(cluster_.outcome(xid), outcome::unknown);
  EXPECT_EQ(cluster_.transactions().at(0).state, "open");
  cluster_.advance(11s);
  EXPECT_EQ(cluster_.outcome(xid), outcome::rolled_back);
}

TEST_F(TimeTest, EndsTheWaitForAnOutcome) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  std::promise<void> prepared;
  shelf_.fails([&](Shelf::Step step, const std::string&) {
    if (step != Shelf::Step::prepare) return;
    cluster_.stop();
    prepared.set_value();
  });
  auto result = std::async(std::launch::async, [&] {
    return client.try_run("take", {.timeout = 60s, .outcome_timeout = 30s},
                          [&](tx& in) { stock.in(in).add("thing", -1); });
  });
  prepared.get_future().get();
  EXPECT_EQ(result.wait_for(10ms), std::future_status::timeout);
  cluster_.advance(91s);
  const auto ended = result.get();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().outcome(), outcome::unknown);
  EXPECT_EQ(shelf_.prepared(), 1u);

  shelf_.fails({});
  cluster_.start();
  cluster_.settle();
  EXPECT_EQ(shelf_.prepared(), 0u);
  EXPECT_EQ(cluster_.outcome(ended.error().xid()), outcome::rolled_back);
}

TEST_F(TimeTest, MakesOldWhatIsLeftPrepared) {
  {
    client dies(cluster_.options());
    ShelfResource stock(dies, "stock-db", shelf_);
    cluster_.crash_after(step::prepare);
    EXPECT_THROW(dies.run("take", [&](tx& in) { stock.in(in).add("thing", -1); }), crashed);
  }
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  EXPECT_LT(2s, cluster_.options().recovery_age);
  cluster_.settle(2s);
  EXPECT_EQ(shelf_.prepared(), 0u);
}

TEST_F(TimeTest, GoesOnWithWorkAfterALongTime) {
  client client(cluster_.options());
  ShelfResource stock(client, "stock-db", shelf_);
  for (int hour = 0; hour < 24; ++hour) {
    client.run("take", [&](tx& in) { stock.in(in).add("thing", -1); });
    cluster_.advance(1h);
  }
  cluster_.settle();
  EXPECT_EQ(shelf_.stock("thing"), -24);
}

}  // namespace
}  // namespace vow::testing
