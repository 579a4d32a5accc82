// Who gets the one connection, and when.
#include "vow/sqlite/line.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace vow::sqlite {
namespace {

using namespace std::chrono_literals;

line::clock::time_point in(std::chrono::milliseconds time) { return line::clock::now() + time; }

TEST(LineOnSqlite, GivesTheConnectionInTheOrderOfArrival) {
  line all;
  ASSERT_TRUE(all.take_between(in(0ms)));
  std::vector<std::unique_ptr<line::place>> places;
  for (int i = 0; i < 8; ++i) places.push_back(std::make_unique<line::place>(all));
  std::mutex mutex;
  std::vector<int> order;
  std::vector<std::jthread> threads;
  for (int i = 7; i >= 0; --i) {
    threads.emplace_back([&, i] {
      EXPECT_TRUE(places[static_cast<std::size_t>(i)]->take(in(10'000ms)));
      {
        const std::lock_guard lock(mutex);
        order.push_back(i);
      }
      places[static_cast<std::size_t>(i)].reset();
      all.give_back();
    });
  }
  all.give_back();
  threads.clear();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

// Whoever waits is told, or does not get it: it never looks by itself.
constexpr auto never = std::chrono::hours(1);

TEST(LineOnSqlite, LetsThoseBetweenPassWhileABranchHolds) {
  line all(never);
  all.is_held("somebody");
  line::place first(all);
  EXPECT_FALSE(first.take(in(0ms)));
  EXPECT_EQ(all.obstacle(), "it is held by somebody");
  ASSERT_TRUE(all.take_between(in(0ms)));
  all.may_be_free();
  EXPECT_FALSE(first.take(in(0ms))) << "two use the connection";
  EXPECT_EQ(all.obstacle(), "another branch of this process is at work in it");
  all.give_back();
  EXPECT_TRUE(first.take(in(0ms)));
}

// Who looks for what is left prepared would else wait as long as there is work.
TEST(LineOnSqlite, LetsThoseBetweenGoFirst) {
  line all(never);
  line::place at_work(all);
  int let_pass = 0;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(at_work.take(in(0ms)));
    std::atomic<bool> is_there{false};
    std::atomic<bool> has_passed{false};
    std::jthread between([&] {
      is_there = true;
      EXPECT_TRUE(all.take_between(in(10'000ms)));
      has_passed = true;
      all.give_back();
    });
    while (!is_there) std::this_thread::yield();
    std::this_thread::sleep_for(1ms);  // now it waits, unless this machine is busy
    all.give_back();
    ASSERT_TRUE(at_work.take(in(10'000ms)));  // at once, as under load
    if (has_passed) ++let_pass;
    all.give_back();
    between.join();
  }
  EXPECT_GT(let_pass, 50);
}

TEST(LineOnSqlite, DoesNotWaitForThoseBetweenWhoHaveGivenUp) {
  line all(never);
  line::place first(all);
  ASSERT_TRUE(all.take_between(in(0ms)));
  EXPECT_FALSE(all.take_between(in(1ms)));
  all.give_back();
  EXPECT_TRUE(first.take(in(0ms)));
}

TEST(LineOnSqlite, WakesTheFirstWhenTheHoldEnds) {
  line all(never);
  line::place first(all);
  for (int i = 0; i < 100; ++i) {  // mostly it waits by then
    all.is_held("somebody");
    const std::jthread ends([&] { all.may_be_free(); });
    ASSERT_TRUE(first.take(in(10'000ms))) << "it was never told";
    all.give_back();
  }
}

TEST(LineOnSqlite, LooksByItselfWhereNobodyTells) {
  line all;
  all.is_held("another process");
  line::place first(all);
  EXPECT_TRUE(first.take(in(10'000ms)));
}

TEST(LineOnSqlite, LeavingMakesRoomForTheNext) {
  line all;
  auto first = std::make_unique<line::place>(all);
  line::place second(all);
  EXPECT_FALSE(second.take(in(1ms)));
  std::jthread leaves([&] { first.reset(); });
  EXPECT_TRUE(second.take(in(10'000ms)));
}

}  // namespace
}  // namespace vow::sqlite
