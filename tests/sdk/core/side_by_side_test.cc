#include "participant-sdk/core/side_by_side.h"

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace vow::sdk {
namespace {

TEST(SideBySide, RunsEachOnce) {
  Tasks threads(4);
  for (std::size_t count = 0; count < 10; ++count) {
    std::vector<std::atomic<int>> times(count);
    std::vector<std::function<void()>> all;
    for (auto& each : times) all.emplace_back([&each] { ++each; });
    side_by_side(threads, std::move(all));
    for (const auto& each : times) EXPECT_EQ(each, 1);
  }
}

TEST(SideBySide, RunsThemAtTheSameTime) {
  Tasks threads(4);
  std::latch all_are_here(3);
  std::atomic<int> met{0};
  const auto meet = [&] {
    all_are_here.count_down();
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!all_are_here.try_wait() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    met += all_are_here.try_wait();
  };
  side_by_side(threads, {meet, meet, meet});
  EXPECT_EQ(met, 3);
}

TEST(SideBySide, RunsAloneWhereTheCallerIs) {
  Tasks threads(4);
  std::thread::id there;
  side_by_side(threads, {[&] { there = std::this_thread::get_id(); }});
  EXPECT_EQ(there, std::this_thread::get_id());
}

TEST(SideBySide, NeedsNoThreadThatIsFree) {
  Tasks threads(1);
  std::promise<void> go;
  threads.post([may_go = go.get_future().share()] { may_go.wait(); });
  int times = 0;
  const auto count = [&] { ++times; };
  side_by_side(threads, {count, count, count});
  EXPECT_EQ(times, 3);
  go.set_value();
}

TEST(SideBySide, ThrowsOnceAllAreOver) {
  Tasks threads(4);
  std::atomic<int> over{0};
  const auto fail = [&](const char* words) {
    return [&over, words] {
      ++over;
      throw std::runtime_error(words);
    };
  };
  const auto late = [&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    ++over;
  };
  try {
    side_by_side(threads, {late, fail("first"), fail("second")});
    ADD_FAILURE() << "it was to throw";
  } catch (const std::runtime_error& why) {
    EXPECT_STREQ(why.what(), "first");
  }
  EXPECT_EQ(over, 3);
}

}  // namespace
}  // namespace vow::sdk
