// What run() promises, with a real cell and two small databases.
#include "vow/client.h"

#include <atomic>
#include <barrier>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "participant-sdk/core/failures.h"
#include "tests/sdk/core/shelf.h"
#include "tests/sdk/core/world.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using Step = Shelf::Step;

class ClientTest : public World {
 protected:
  // One of each thing, from the one to the other.
  static void move(ShelfResource& from, ShelfResource& to, tx& in) {
    from.in(in).add("thing", -1);
    to.in(in).add("thing", 1);
  }

  Shelf stock_shelf_;
  Shelf order_shelf_;
};

class OneClient : public ClientTest {
 protected:
  void expect_moved(int times) {
    EXPECT_EQ(stock_shelf_.stock("thing"), -times);
    EXPECT_EQ(order_shelf_.stock("thing"), times);
    EXPECT_EQ(stock_shelf_.prepared() + order_shelf_.prepared(), 0u);
  }

  client client_{options()};
  ShelfResource stock_{client_, "stock-db", stock_shelf_};
  ShelfResource orders_{client_, "orders-db", order_shelf_};
};

TEST_F(OneClient, CommitsBothOrNeither) {
  const int answer = client_.run("move", [&](tx& in) {
    move(stock_, orders_, in);
    return 7;
  });
  EXPECT_EQ(answer, 7);
  expect_moved(1);
  EXPECT_THROW(client_.run("move",
                           [&](tx& in) {
                             move(stock_, orders_, in);
                             throw std::logic_error("changed my mind");
                           }),
               std::logic_error);
  expect_moved(1);
}

TEST_F(OneClient, TellsTheCoordinatorWhatItHasEnded) {
  for (int i = 0; i < 100; ++i) client_.run("move", [&](tx& in) { move(stock_, orders_, in); });
  expect_moved(100);
  EXPECT_TRUE(eventually([&] { return unfinished() == 0; }));
}

TEST_F(OneClient, AsksNobodyWhereNothingWasDone) {
  client_.run("look", [&](tx& in) { (void)stock_.in(in); });
  client_.run("nothing", [](tx&) {});
  EXPECT_EQ(cell_.figures().votes, 0u);
}

TEST_F(OneClient, RollsAllBackIfOneCannotPrepare) {
  order_shelf_.fails([](Step step, const std::string&) {
    if (step == Step::prepare) throw std::runtime_error("disk full");
  });
  EXPECT_THROW(client_.run("move", [&](tx& in) { move(stock_, orders_, in); }), std::runtime_error);
  expect_moved(0);
}

TEST_F(OneClient, RunsAgainAfterWhatMayNotHappenAgain) {
  std::atomic<int> deadlocks{2};
  order_shelf_.fails([&](Step step, const std::string&) {
    if (step == Step::work && deadlocks-- > 0) throw std::runtime_error("deadlock");
  });
  int attempts = 0;
  client_.run("move", [&](tx& in) {
    ++attempts;
    move(stock_, orders_, in);
  });
  EXPECT_EQ(attempts, 3);
  expect_moved(1);

  deadlocks = 100;
  attempts = 0;
  EXPECT_THROW(client_.run("move", {.retry = retry::exponential(4, 1ms)},
                           [&](tx& in) {
                             ++attempts;
                             move(stock_, orders_, in);
                           }),
               std::runtime_error);
  EXPECT_EQ(attempts, 4);
  expect_moved(1);
}

TEST_F(OneClient, FinishesLaterWhatCannotBeCommittedNow) {
  std::atomic<bool> down{true};
  order_shelf_.fails([&](Step step, const std::string&) {
    if (step == Step::commit && down) throw std::runtime_error("the database is down");
  });
  client_.run("move", [&](tx& in) { move(stock_, orders_, in); });
  EXPECT_EQ(stock_shelf_.stock("thing"), -1);
  EXPECT_EQ(order_shelf_.prepared(), 1u);
  down = false;
  EXPECT_TRUE(eventually([&] { return order_shelf_.prepared() == 0; }));
  expect_moved(1);
  EXPECT_TRUE(eventually([&] { return unfinished() == 0; }));
}

TEST_F(OneClient, LeavesPreparedWhatNobodySaysTheOutcomeOf) {
  std::size_t stopped = 0;
  order_shelf_.fails([&](Step step, const std::string&) {
    if (step == Step::prepare) stopped = cell_.stop_leader();
  });
  const auto result = client_.try_run("move", {.timeout = 2s, .outcome_timeout = 50ms},
                                      [&](tx& in) { move(stock_, orders_, in); });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-2008");
  EXPECT_EQ(result.error().outcome(), outcome::unknown);
  EXPECT_FALSE(result.error().retryable());
  EXPECT_EQ(stock_shelf_.prepared() + order_shelf_.prepared(), 2u);

  order_shelf_.fails({});
  cell_.start(stopped);
  EXPECT_TRUE(eventually([&] { return stock_shelf_.prepared() + order_shelf_.prepared() == 0; }));
  EXPECT_EQ(client_.wait(result.error().xid(), 5s), outcome::rolled_back);
  expect_moved(0);
}

TEST_F(OneClient, RollsBackWhatWasPreparedAndNeverVotedFor) {
  std::string xid;
  client_.run("look", [&](tx& in) { xid = in.xid(); });
  stock_shelf_.prepare(preparation{xid, "b", 1}.name(), {{"thing", 1'000}});
  EXPECT_TRUE(eventually([&] { return stock_shelf_.prepared() == 0; }));
  EXPECT_EQ(client_.wait(xid, 5s), outcome::rolled_back);
  expect_moved(0);
}

// Started again a moment after it died, it does not wait for the next of its usual looks.
TEST_F(OneClient, LooksAgainSoonAtItsBeginningForWhatWasTooYoung) {
  std::string xid;
  client_.run("look", [&](tx& in) { xid = in.xid(); });
  Shelf left(Shelf::Ages::as_they_are);
  left.prepare(preparation{xid, "b", 1}.name(), {{"thing", 1'000}});
  client_options seldom = options("seldom");
  seldom.recovery_interval = std::chrono::hours(1);
  seldom.recovery_age = std::chrono::seconds(1);
  client again(seldom);
  const ShelfResource found(again, "left-db", left);
  EXPECT_TRUE(eventually([&] { return left.prepared() == 0; }));
}

TEST_F(OneClient, WaitsForBothDatabasesAtTheSameTime) {
  std::barrier<> both(2);
  for (Shelf* shelf : {&stock_shelf_, &order_shelf_}) {
    shelf->fails([&both](Step step, const std::string&) {
      if (step == Step::prepare || step == Step::commit) both.arrive_and_wait();
    });
  }
  client_.run("move", [&](tx& in) { move(stock_, orders_, in); });  // returns, or hangs
  expect_moved(1);
}

TEST_F(OneClient, LeavesAloneWhatAThreadIsStillPreparing) {
  order_shelf_.fails([this](Step step, const std::string&) {
    if (step != Step::prepared) return;
    // Recovery finds it an hour old, and is done with it when it looks for the second time from now.
    const int before = order_shelf_.looks;
    EXPECT_TRUE(eventually([&] { return order_shelf_.looks > before + 1; }));
  });
  int times = 0;
  client_.run("move", [&](tx& in) {
    ++times;
    move(stock_, orders_, in);
  });
  EXPECT_EQ(times, 1);
  expect_moved(1);
}

TEST_F(OneClient, SaysWhatBecameOfATransaction) {
  std::string committed;
  client_.run("move", [&](tx& in) {
    committed = in.xid();
    move(stock_, orders_, in);
  });
  EXPECT_EQ(client_.wait(committed, 5s), outcome::committed);
}

TEST_F(OneClient, TakesNoWorkAfterTheDeadline) {
  const auto result = client_.try_run("slow", {.timeout = 2s, .retry = retry::never()}, [&](tx& in) {
    eventually([&] { return std::chrono::steady_clock::now() > in.deadline(); });
    move(stock_, orders_, in);
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5006");
  EXPECT_EQ(result.error().outcome(), outcome::rolled_back);
  EXPECT_THAT(result.error().what(), HasSubstr("stock-db"));
  expect_moved(0);
}

TEST_F(OneClient, ServesManyThreads) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 50; ++n) client_.run("move", [&](tx& in) { move(stock_, orders_, in); });
    });
  }
  for (std::thread& thread : threads) thread.join();
  expect_moved(800);
}

TEST_F(OneClient, OutlivesALeader) {
  std::atomic<bool> stopping{false};
  std::atomic<int> moved{0};
  std::thread mover([&] {
    while (!stopping) {
      client_.run("move", [&](tx& in) { move(stock_, orders_, in); });
      ++moved;
    }
  });
  for (int i = 0; i < 3; ++i) {
    const int before = moved;
    ASSERT_TRUE(eventually([&] { return moved > before + 10; }));
    const std::size_t stopped = cell_.stop_leader();
    cell_.start(stopped);
  }
  stopping = true;
  mover.join();
  EXPECT_TRUE(eventually([&] { return stock_shelf_.prepared() + order_shelf_.prepared() == 0; }));
  expect_moved(moved);
  EXPECT_TRUE(eventually([&] { return unfinished() == 0; }));
}

TEST_F(OneClient, RefusesTwoResourcesOfOneName) {
  EXPECT_THROW(ShelfResource(client_, "stock-db", stock_shelf_), misuse);
}

TEST_F(ClientTest, SaysThatNoCoordinatorAnswers) {
  auto nowhere = options();
  nowhere.coordinators = {"127.0.0.1:1"};
  client lonely(nowhere);
  const auto result = lonely.try_run("move", {.timeout = 100ms}, [](tx&) {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-5001");
  EXPECT_THAT(result.error().what(), HasSubstr("127.0.0.1:1"));
}

TEST_F(ClientTest, EndsWhatAnEarlierProcessLeftPrepared) {
  // Of one that is committed: the process ends before it can commit.
  {
    client first(options());
    ShelfResource stock(first, "stock-db", stock_shelf_);
    ShelfResource orders(first, "orders-db", order_shelf_);
    for (Shelf* shelf : {&stock_shelf_, &order_shelf_}) {
      shelf->fails([](Step step, const std::string&) {
        if (step == Step::commit) throw std::runtime_error("this process is about to die");
      });
    }
    first.run("move", [&](tx& in) { move(stock, orders, in); });
  }
  // And one of another cell, which is none of our business.
  stock_shelf_.fails({});
  order_shelf_.fails({});
  const std::size_t left = stock_shelf_.prepared() + order_shelf_.prepared();
  EXPECT_EQ(left, 2u);
  stock_shelf_.prepare(preparation{std::string(40, '0'), "b", 1}.name(), {{"thing", 1'000}});

  client second(options());
  ShelfResource stock(second, "stock-db", stock_shelf_);
  ShelfResource orders(second, "orders-db", order_shelf_);
  EXPECT_TRUE(eventually([&] { return stock_shelf_.prepared() == 1 && order_shelf_.prepared() == 0; }));
  EXPECT_EQ(stock_shelf_.stock("thing"), -1);
  EXPECT_EQ(order_shelf_.stock("thing"), 1);
}

TEST_F(ClientTest, HoldsNoBranchLongerThanItsResource) {
  client client(options());
  stock_shelf_.fails([](Step step, const std::string&) {
    if (step == Step::commit) throw std::runtime_error("the database is down");
  });
  auto one = std::make_unique<ShelfResource>(client, "stock-db", stock_shelf_);
  client.run("take", [&](tx& in) { one->in(in).add("thing", -1); });
  EXPECT_EQ(ShelfBranch::alive, 1);
  one.reset();
  EXPECT_EQ(ShelfBranch::alive, 0);
  EXPECT_EQ(stock_shelf_.prepared(), 1u);
}

TEST_F(ClientTest, SaysRolledBackOnlyIfThatIsCertain) {
  testing::CellInProcess full(1, directory_.path() + "/full",
                              [](cli::ServeConfig& config) { config.transactions.open_max = 1; });
  auto there = options();
  there.coordinators = full.addresses();
  client client(there);
  ShelfResource stock(client, "stock-db", stock_shelf_);
  // One that is open for ever takes the only place; ours is refused, and rolled back for certain.
  const auto result = client.try_run("take", {.retry = retry::never()}, [&](tx& in) {
    stock.in(in).add("thing", -1);
    full.on_loop([&](dispatch::Coordinator& coordinator) {
      txn::Vote vote;
      vote.xid = coordinator.begin(60).value().xid;
      vote.preparation = {*txn::BranchName::from("b"), txn::Nonce(1)};
      vote.resource = "elsewhere";
      EXPECT_EQ(coordinator.vote(vote).verdict, txn::Verdict::taken);
    });
  });
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().code(), "VOW-3003") << result.error().what();
  EXPECT_EQ(result.error().outcome(), outcome::rolled_back);
  EXPECT_TRUE(result.error().retryable());
  EXPECT_EQ(stock_shelf_.prepared(), 0u);
}

TEST(Failures, OnlyRolledBackIsRolledBack) {
  for (int verdict = 2; verdict <= 12; ++verdict) {
    wire::Answer answer;
    answer.verdict = static_cast<wire::Verdict::type>(verdict);
    try {
      throw_verdict(answer, "xid", "name");
    } catch (const error& why) {
      const bool is_final = answer.verdict == wire::Verdict::rolled_back;
      EXPECT_EQ(why.outcome(), is_final ? outcome::rolled_back : outcome::unknown) << verdict;
      EXPECT_TRUE(is_final || !why.retryable()) << verdict;
    }
  }
}

TEST_F(ClientTest, RefusesToBeUsedByAChildThatDidNotMakeIt) {
  auto parent = std::make_unique<client>(options());
  auto stock = std::make_unique<ShelfResource>(*parent, "stock-db", stock_shelf_);
  EXPECT_EXIT(
      {
        const auto result = parent->try_run("move", run_options{}, [](tx&) {});
        stock.reset();
        parent.reset();
        std::_Exit(!result.ok() && result.error().code() == "VOW-5003" ? 0 : 1);
      },
      ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vow::sdk
