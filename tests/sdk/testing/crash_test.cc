// What dies in a crash, what it leaves, and who ends that. Each step of both phases: example_test.cc.
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <optional>
#include <thread>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/testing/eventually.h"

#include "vow/testing.h"

namespace vow::testing {
namespace {

using namespace std::chrono_literals;
using sdk::Shelf;
using sdk::ShelfBranch;
using sdk::ShelfResource;

static_assert(!std::is_base_of_v<std::exception, crashed>, "handlers would run in a process that is killed");

// A process with two databases, which outlive it.
struct Service {
  Service(const client_options& options, Shelf& stock_shelf, Shelf& order_shelf)
      : client(options), stock(client, "stock-db", stock_shelf), orders(client, "orders-db", order_shelf) {}

  void move() {
    client.run("move", [&](tx& in) {
      ++attempts;
      stock.in(in).add("thing", -1);
      orders.in(in).add("thing", 1);
    });
  }

  std::atomic<int> attempts{0};
  vow::client client;
  ShelfResource stock;
  ShelfResource orders;
};

class CrashTest : public ::testing::Test {
 protected:
  std::unique_ptr<Service> service(const std::string& process = "shop") {
    return std::make_unique<Service>(cluster_.options(process), stock_shelf_, order_shelf_);
  }
  // All is at rest, and so much was moved.
  void expect_moved(int things) {
    cluster_.settle();
    EXPECT_EQ(stock_shelf_.prepared() + order_shelf_.prepared(), 0u);
    EXPECT_EQ(stock_shelf_.stock("thing"), -things);
    EXPECT_EQ(order_shelf_.stock("thing"), things);
    EXPECT_EQ(cluster_.faults_left(), 0u);
  }

  Shelf stock_shelf_{Shelf::Ages::as_they_are};
  Shelf order_shelf_{Shelf::Ages::as_they_are};
  cluster cluster_;
};

TEST_F(CrashTest, OfABranchThatIsAloneLeavesItDoneOrNot) {
  stock_shelf_.commits_alone = true;
  const auto take_one = [&] {
    const auto shop = service();
    EXPECT_THROW(shop->client.run("take", [&](tx& in) { shop->stock.in(in).add("thing", -1); }), crashed);
  };
  cluster_.crash_before(step::end);
  take_one();
  EXPECT_EQ(stock_shelf_.stock("thing"), 0);
  cluster_.crash_after(step::end);
  take_one();
  EXPECT_EQ(stock_shelf_.stock("thing"), -1);
  EXPECT_EQ(stock_shelf_.prepared(), 0u);
  EXPECT_EQ(cluster_.faults_left(), 0u);
}

TEST_F(CrashTest, SaysWhoDiedAndWhere) {
  cluster_.crash_after(step::prepare);
  auto shop = service();
  try {
    shop->move();
    FAIL() << "it lives";
  } catch (const crashed& dead) {
    EXPECT_EQ(dead.process, "shop");
    EXPECT_EQ(dead.at, step::prepare);
  }
  EXPECT_EQ(shop->attempts, 1) << "a dead process tries nothing again";
}

TEST_F(CrashTest, LeavesWhatIsPreparedToTheNextProcess) {
  cluster_.crash_after(step::prepare, {.nth = 2});
  auto shop = service();
  EXPECT_THROW(shop->move(), crashed);
  EXPECT_EQ(stock_shelf_.prepared() + order_shelf_.prepared(), 2u);
  EXPECT_EQ(ShelfBranch::alive, 0) << "its connections are closed";
  shop.reset();
  EXPECT_EQ(stock_shelf_.prepared() + order_shelf_.prepared(), 2u) << "a dead process undoes nothing";
  shop = service();
  expect_moved(0);
}

TEST_F(CrashTest, LosesWhatIsNotPrepared) {
  cluster_.crash_after(step::enlist, {.resource = "orders-db"});
  std::atomic<int> undone{0};
  stock_shelf_.fails([&](Shelf::Step step, const std::string&) {
    if (step == Shelf::Step::rollback) ++undone;
  });
  auto shop = service();
  EXPECT_THROW(shop->move(), crashed);
  EXPECT_EQ(ShelfBranch::alive, 0) << "its connections are closed";
  EXPECT_EQ(undone, 0) << "a dead process says nothing to its databases";
  expect_moved(0);
}

TEST_F(CrashTest, LetsArriveWhatWasSent) {
  cluster_.crash_after(step::commit);
  auto shop = service();
  EXPECT_THROW(shop->move(), crashed);
  ASSERT_EQ(cluster_.transactions().size(), 1u);
  EXPECT_EQ(cluster_.transactions()[0].outcome, outcome::committed) << cluster_.transactions()[0].state;
  EXPECT_EQ(stock_shelf_.prepared() + order_shelf_.prepared(), 2u);
  shop = nullptr;
  shop = service();
  expect_moved(1);
}

TEST_F(CrashTest, LetsNothingElseLeave) {
  cluster_.crash_before(step::acknowledge, {.resource = "orders-db"});
  auto shop = service();
  EXPECT_THROW(shop->move(), crashed);
  EXPECT_EQ(order_shelf_.stock("thing"), 1) << "the end was reached, and is not said";
  const auto all = cluster_.transactions();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].state, "committing");
  shop = nullptr;
  shop = service();
  expect_moved(1);
}

TEST_F(CrashTest, StrikesTheProcessThatIsNamed) {
  cluster_.crash_before(step::commit, {.process = "other"});
  auto shop = service("shop");
  shop->move();
  shop.reset();
  auto other = service("other");
  EXPECT_THROW(other->move(), crashed);
  other.reset();
  shop = service("shop");
  expect_moved(1);
}

TEST_F(CrashTest, StrikesTheResourceAndTheTimeThatAreNamed) {
  cluster_.crash_before(step::enlist, {.resource = "orders-db", .nth = 3});
  auto shop = service();
  shop->move();
  shop->move();
  EXPECT_THROW(shop->move(), crashed);
  shop = nullptr;
  shop = service();
  expect_moved(2);
}

TEST_F(CrashTest, StrikesOnlyOnce) {
  cluster_.crash_before(step::prepare);
  EXPECT_THROW(service()->move(), crashed);
  auto shop = service();
  shop->move();
  expect_moved(1);
}

TEST_F(CrashTest, EndsWhateverElseTheClientIsUsedFor) {
  cluster_.crash_before(step::prepare);
  auto shop = service();
  EXPECT_THROW(shop->move(), crashed);
  EXPECT_THROW(shop->move(), crashed);
  EXPECT_THROW(shop->client.run("nothing", [](tx&) {}), crashed);
}

TEST_F(CrashTest, EndsAllThreadsOfTheClient) {
  cluster_.crash_after(step::prepare, {.nth = 50});
  auto shop = service();
  std::atomic<int> dead{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      try {
        while (true) shop->move();
      } catch (const crashed&) {
        ++dead;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(dead, 8);
  shop = nullptr;
  shop = service();
  cluster_.settle();
  EXPECT_EQ(stock_shelf_.prepared() + order_shelf_.prepared(), 0u);
  EXPECT_EQ(stock_shelf_.stock("thing") + order_shelf_.stock("thing"), 0);
}

TEST_F(CrashTest, StrikesTheThreadsThatEndBranchesToo) {
  std::atomic<bool> down{true};
  order_shelf_.fails([&](Shelf::Step step, const std::string&) {
    if (step == Shelf::Step::commit && down) throw std::runtime_error("the database is down");
  });
  auto shop = service();
  shop->move();
  EXPECT_EQ(order_shelf_.prepared(), 1u);
  cluster_.crash_before(step::end, {.resource = "orders-db"});
  // It is asked for again, sooner or later. The database comes back only then: the first attempt may be on
  // its way.
  EXPECT_TRUE(eventually([&] {
    cluster_.advance(1s);
    return cluster_.faults_left() == 0;
  }));
  EXPECT_EQ(order_shelf_.prepared(), 1u);
  EXPECT_THROW(shop->move(), crashed);
  down = false;
  shop = nullptr;
  shop = service();
  expect_moved(1);
}

TEST_F(CrashTest, OfAServiceFailsItsCallerWhoRollsBack) {
  auto payments = std::make_unique<client>(cluster_.options("payments"));
  auto accounts = std::make_unique<ShelfResource>(*payments, "accounts-db", order_shelf_);
  client shop(cluster_.options("shop"));
  ShelfResource orders(shop, "orders-db", stock_shelf_);
  cluster_.crash_after(step::vote, {.process = "payments"});
  const auto order = [&](tx& in) {
    orders.in(in).add("order", 1);
    call paying = in.call();
    try {
      paying.answered(
          payments->serve("pay", paying.headers(), [&](tx& part) { accounts->in(part).add("money", -10); })
              .headers);
    } catch (const crashed&) {
      throw std::runtime_error("no answer");  // as an HTTP client would say
    }
  };
  EXPECT_THROW(shop.run("order", order), std::runtime_error);
  EXPECT_EQ(order_shelf_.prepared(), 1u);
  accounts.reset();
  payments.reset();
  client again(cluster_.options("payments"));
  ShelfResource accounts_again(again, "accounts-db", order_shelf_);
  cluster_.settle();
  EXPECT_EQ(order_shelf_.prepared(), 0u);
  EXPECT_EQ(order_shelf_.stock("money"), 0);
  EXPECT_EQ(stock_shelf_.stock("order"), 0);
}

TEST_F(CrashTest, StrikesWhereABranchIsPreparedOnTheCoordinatorsWord) {
  auto payments = std::make_unique<client>(cluster_.options("payments"));
  auto accounts = std::make_unique<ShelfResource>(*payments, "accounts-db", order_shelf_);
  client shop(cluster_.options("shop"));
  cluster_.crash_after(step::prepare, {.process = "payments"});
  auto ordered = std::async(std::launch::async, [&] {
    return shop.try_run("order", {.retry = retry::never()}, [&](tx& in) {
      call paying = in.call();
      const auto pay = [&](tx& part) { accounts->in(part).add("money", -10); };
      paying.answered(payments->serve("pay", paying.headers(), pay, {.share = true}).headers);
    });
  });
  EXPECT_TRUE(eventually([&] { return order_shelf_.prepared() == 1; }));
  EXPECT_TRUE(eventually([&] {
    cluster_.advance(1s);
    return ordered.wait_for(0s) == std::future_status::ready;
  })) << "its deadline passes";
  EXPECT_FALSE(ordered.get().ok());
  accounts.reset();
  payments.reset();
  client again(cluster_.options("payments"));
  ShelfResource accounts_again(again, "accounts-db", order_shelf_);
  cluster_.settle();
  EXPECT_EQ(order_shelf_.prepared(), 0u);
  EXPECT_EQ(order_shelf_.stock("money"), 0);
}

}  // namespace
}  // namespace vow::testing
