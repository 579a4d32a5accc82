#include "coordinator/txn/term_clock.h"

#include <gtest/gtest.h>

namespace vow::txn {
namespace {

constexpr std::uint64_t wall_ms = 1'700'000'000'000;

TEST(TheTermClock, StartsAtTheWallClock) {
  const TermClock clock({.monotonic_ms = 500, .wall_ms = wall_ms}, wall_ms - 40);
  EXPECT_EQ(clock.now_ms(500), wall_ms);
}

TEST(TheTermClock, StartsNoLowerThanTheLastStampInTheLog) {
  const TermClock clock({.monotonic_ms = 500, .wall_ms = wall_ms}, wall_ms + 9'000);
  EXPECT_EQ(clock.now_ms(500), wall_ms + 9'000);
}

TEST(TheTermClock, RunsWithTheMonotonicClockWhateverTheWallClockDoes) {
  const TermClock clock({.monotonic_ms = 500, .wall_ms = wall_ms}, 0);
  EXPECT_EQ(clock.now_ms(1'500), wall_ms + 1'000);
}

TEST(TheTermClock, NeverGoesBack) {
  const TermClock clock({.monotonic_ms = 500, .wall_ms = wall_ms}, 0);
  EXPECT_EQ(clock.now_ms(0), wall_ms) << "even where the monotonic clock were to";
}

TEST(TheTermClock, IsOffWhenItIsMoreThanFiveSecondsFromTheWallClockEitherWay) {
  const TermClock clock({.monotonic_ms = 0, .wall_ms = wall_ms}, 0);
  const auto is_off_by = [&](std::int64_t ms) {
    return clock.is_off(
        {.monotonic_ms = 100'000, .wall_ms = wall_ms + 100'000 + static_cast<std::uint64_t>(ms)});
  };
  EXPECT_FALSE(is_off_by(0));
  EXPECT_FALSE(is_off_by(5'000));
  EXPECT_FALSE(is_off_by(-5'000));
  EXPECT_TRUE(is_off_by(5'001));
  EXPECT_TRUE(is_off_by(-5'001));
}

// The next leader would have to begin there too: leadership would never come to rest.
TEST(TheTermClock, IsNotOffForHavingHadToBeginAheadOfTheWallClock) {
  const TermClock clock({.monotonic_ms = 0, .wall_ms = wall_ms}, wall_ms + 60'000);
  EXPECT_FALSE(clock.is_off({.monotonic_ms = 100'000, .wall_ms = wall_ms + 100'000}));
  EXPECT_TRUE(clock.is_off({.monotonic_ms = 100'000, .wall_ms = wall_ms + 105'001}));
  EXPECT_TRUE(clock.is_off({.monotonic_ms = 100'000, .wall_ms = wall_ms + 94'999}));
}

}  // namespace
}  // namespace vow::txn
