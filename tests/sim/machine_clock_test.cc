#include "tests/sim/machine_clock.h"

#include <gtest/gtest.h>

namespace vow::sim {
namespace {

class TheMachineClock : public ::testing::Test {
 protected:
  void pass(Time time) { world.clock.run_until(world.clock.now() + time); }

  World world{draw_options(1), nullptr};
  MachineClock clock{world, 5'000};
};

TEST_F(TheMachineClock, GoesWithVirtualTime) {
  const txn::Moment before = clock.now();
  pass(3 * second);
  EXPECT_EQ(before.monotonic_ms, 5'000u);
  EXPECT_EQ(clock.now().monotonic_ms, 8'000u);
  EXPECT_EQ(clock.now().wall_ms, before.wall_ms + 3'000);
}

TEST_F(TheMachineClock, DriftsInItsMonotonicTimeAlone) {
  const txn::Moment before = clock.now();
  clock.set_speed(1'030);
  pass(100 * second);
  EXPECT_EQ(clock.now().monotonic_ms, before.monotonic_ms + 103'000);
  EXPECT_EQ(clock.now().wall_ms, before.wall_ms + 100'000);
}

TEST_F(TheMachineClock, NeverTakesMonotonicTimeBack) {
  clock.set_speed(1'030);
  pass(100 * second);
  const std::uint64_t shown = clock.now().monotonic_ms;
  clock.heal();
  EXPECT_EQ(clock.now().monotonic_ms, shown);
}

TEST_F(TheMachineClock, JumpsInItsWallTimeAlone) {
  const txn::Moment before = clock.now();
  clock.set_wall_ahead(-60'000);
  EXPECT_EQ(clock.now().wall_ms, before.wall_ms - 60'000);
  EXPECT_EQ(clock.now().monotonic_ms, before.monotonic_ms);
}

TEST_F(TheMachineClock, LeapsWithAllOthers) {
  const txn::Moment before = clock.now();
  clock.set_speed(970);
  world.leapt += 3'600 * second;
  EXPECT_EQ(clock.now().monotonic_ms, before.monotonic_ms + 3'600'000);
  EXPECT_EQ(clock.now().wall_ms, before.wall_ms + 3'600'000);
  clock.heal();
  EXPECT_EQ(clock.now().monotonic_ms, before.monotonic_ms + 3'600'000) << "once";
}

}  // namespace
}  // namespace vow::sim
