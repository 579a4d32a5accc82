// Transactions of programs that react to events: begun in one place, ended in another.
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/core/world.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;
using Step = Shelf::Step;

class BeginTest : public World {
 protected:
  tx work() {
    tx in = client_->begin("move");
    stock_->in(in).add("thing", -1);
    orders_->in(in).add("thing", 1);
    return in;
  }
  std::future<std::exception_ptr> commit_async(tx in) {
    auto ended = std::make_shared<std::promise<std::exception_ptr>>();
    client_->commit_async(std::move(in), [ended](std::exception_ptr problem) { ended->set_value(problem); });
    return ended->get_future();
  }
  static std::string words_of(const std::exception_ptr& problem) {
    try {
      if (problem) std::rethrow_exception(problem);
      return "";
    } catch (const std::exception& why) {
      return why.what();
    }
  }
  void expect_moved(int times) {
    EXPECT_TRUE(eventually([&] { return ShelfBranch::alive == 0; }));
    EXPECT_EQ(stock_shelf_.stock("thing"), -times);
    EXPECT_EQ(order_shelf_.stock("thing"), times);
    EXPECT_EQ(stock_shelf_.prepared() + order_shelf_.prepared(), 0u);
  }

  Shelf stock_shelf_;
  Shelf order_shelf_;
  std::unique_ptr<client> client_ = std::make_unique<client>(options());
  std::unique_ptr<ShelfResource> stock_ = std::make_unique<ShelfResource>(*client_, "stock-db", stock_shelf_);
  std::unique_ptr<ShelfResource> orders_ =
      std::make_unique<ShelfResource>(*client_, "orders-db", order_shelf_);
};

TEST_F(BeginTest, CommitsWhenItIsTold) {
  tx in = work();
  EXPECT_EQ(stock_shelf_.stock("thing"), 0);
  client_->commit(in);
  expect_moved(1);
  EXPECT_THROW(client_->commit(in), misuse) << "it is over";
  expect_moved(1);
}

TEST_F(BeginTest, RollsBackWhenItIsTold) {
  tx in = work();
  client_->rollback(in);
  expect_moved(0);
}

TEST_F(BeginTest, RollsBackWhatIsDropped) {
  { const tx dropped = work(); }
  expect_moved(0);
}

TEST_F(BeginTest, WhoDropsItDoesNotWaitForTheDatabase) {
  std::promise<void> go;
  const auto allowed = go.get_future().share();
  stock_shelf_.fails([&](Step step, const std::string&) {
    if (step == Step::rollback) allowed.wait();
  });
  { const tx dropped = work(); }
  go.set_value();  // only reached because nobody waited
  expect_moved(0);
}

TEST_F(BeginTest, CommitsElsewhere) {
  const auto here = std::this_thread::get_id();
  std::promise<std::thread::id> there;
  client_->commit_async(work(), [&](std::exception_ptr problem) {
    EXPECT_EQ(problem, nullptr);
    there.set_value(std::this_thread::get_id());
  });
  EXPECT_NE(there.get_future().get(), here);
  expect_moved(1);
}

TEST_F(BeginTest, CommitsManyAtOnce) {
  std::vector<std::future<std::exception_ptr>> all;
  for (int i = 0; i < 100; ++i) all.push_back(commit_async(work()));
  for (auto& each : all) EXPECT_EQ(words_of(each.get()), "");
  expect_moved(100);
}

TEST_F(BeginTest, TellsWhyItIsNotCommitted) {
  order_shelf_.fails([](Step step, const std::string&) {
    if (step == Step::prepare) throw std::runtime_error("disk full");
  });
  const std::exception_ptr problem = commit_async(work()).get();
  ASSERT_NE(problem, nullptr);
  EXPECT_THROW(std::rethrow_exception(problem), std::runtime_error);
  expect_moved(0);
}

}  // namespace
}  // namespace vow::sdk
