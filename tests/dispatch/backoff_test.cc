#include "coordinator/dispatch/backoff.h"

#include <vector>

#include <gtest/gtest.h>

#include "coordinator/dispatch/backoff_wheel.h"

namespace vow::dispatch {
namespace {

TEST(Backoff, DoublesUpToTheCapAndIsDrawnFromTheUpperHalf) {
  const BackoffOptions options{.first_ms = 50, .cap_ms = 30'000};
  Random random(1);
  std::uint64_t longest_ms = 50;
  for (std::uint32_t failures = 1; failures <= 255; ++failures) {
    std::uint64_t least = ~std::uint64_t{0};
    std::uint64_t most = 0;
    for (int i = 0; i < 200; ++i) {
      const std::uint64_t drawn = backoff_ms(options, failures, random);
      least = std::min(least, drawn);
      most = std::max(most, drawn);
    }
    EXPECT_GE(least, longest_ms / 2) << failures;
    EXPECT_LE(most, longest_ms) << failures;
    EXPECT_GT(most, least) << "what failed together must not come back together";
    longest_ms = std::min<std::uint64_t>(longest_ms * 2, 30'000);
  }
}

TEST(Backoff, IsNeverZero) {
  Random random(1);
  EXPECT_GE(backoff_ms({.first_ms = 0, .cap_ms = 0}, 1, random), 1u);
}

class WheelTest : public ::testing::Test {
 protected:
  Slot add(std::uint64_t when_ms) {
    txn::Xid xid;
    xid.sequence = ++sequence;
    const Slot slot = table.add(xid, {});
    table[slot].when_ms = when_ms;
    wheel.add(table, slot);
    return slot;
  }
  std::vector<Slot> due_at(std::uint64_t now_ms) {
    std::vector<Slot> due;
    wheel.advance(table, now_ms, [&](Slot slot) { due.push_back(slot); });
    return due;
  }

  std::uint32_t sequence = 0;
  UndeliveredTable table;
  BackoffWheel wheel{1'000};
};

TEST_F(WheelTest, NothingIsDueEarlyOrMoreThanAStepLate) {
  const Slot slot = add(500);
  for (std::uint64_t now = 0; now < 500; ++now) EXPECT_TRUE(due_at(now).empty()) << now;
  std::uint64_t now = 500;
  while (due_at(now).empty()) ++now;
  EXPECT_LT(now, 500 + BackoffWheel::step_ms);
  EXPECT_EQ(wheel.size(), 0u);
  (void)slot;
}

TEST_F(WheelTest, WhatIsTakenOutIsNotDue) {
  const Slot first = add(500);
  const Slot second = add(500);
  wheel.erase(table, first);
  EXPECT_EQ(due_at(1'000), std::vector{second});
}

TEST_F(WheelTest, AfterALongPauseAllThatIsDueComesAndNothingElse) {
  const Slot early = add(400);
  EXPECT_TRUE(due_at(0).empty());
  // Time is told rarely: the wheel has turned many times since it was last looked at.
  const Slot late = add(50'900);
  EXPECT_EQ(due_at(50'000), std::vector{early});
  EXPECT_EQ(due_at(51'000), std::vector{late});
}

TEST_F(WheelTest, WhatIsDueMayBackOffAgainAtOnce) {
  add(100);
  int times = 0;
  for (std::uint64_t now = 0; now < 10'000; now += 10) {
    wheel.advance(table, now, [&](Slot slot) {
      ++times;
      table[slot].when_ms = now + 1'000;
      wheel.add(table, slot);
    });
  }
  EXPECT_EQ(times, 10);
  EXPECT_EQ(wheel.size(), 1u);
}

}  // namespace
}  // namespace vow::dispatch
