#include "tests/sim/event_queue.h"

#include <string>

#include <gmock/gmock.h>

#include "coordinator/base/check.h"

namespace vow::sim {
namespace {

using ::testing::ElementsAre;

TEST(EventQueue, EventsHappenInTheOrderOfTheirTimes) {
  EventQueue clock;
  std::vector<Time> seen;
  for (const Time when : {30, 10, 20}) clock.at(when, [&] { seen.push_back(clock.now()); });
  clock.run_until(100);
  EXPECT_THAT(seen, ElementsAre(10, 20, 30));
  EXPECT_EQ(clock.now(), 100u);
  EXPECT_EQ(clock.executed(), 3u);
}

TEST(EventQueue, EventsOfOneMomentHappenInTheOrderInWhichTheyWereAskedFor) {
  EventQueue clock;
  std::string seen;
  for (const char each : {'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'})
    clock.at(5, [&seen, each] { seen += each; });
  clock.run_until(5);
  EXPECT_EQ(seen, "abcdefgh");
}

TEST(EventQueue, WhatAnEventAsksForHappensToo) {
  EventQueue clock;
  std::vector<Time> seen;
  clock.after(1, [&] { clock.after(2, [&] { seen.push_back(clock.now()); }); });
  clock.run_until(10);
  EXPECT_THAT(seen, ElementsAre(3));
}

TEST(EventQueue, WhatLiesBeyondTheMomentWaits) {
  EventQueue clock;
  bool happened = false;
  clock.at(11, [&] { happened = true; });
  clock.run_until(10);
  EXPECT_FALSE(happened);
  EXPECT_EQ(clock.size(), 1u);
  clock.run_until(11);
  EXPECT_TRUE(happened);
}

TEST(EventQueueDeathTest, NothingHappensInThePast) {
  EventQueue clock;
  clock.run_until(10);
  EXPECT_DEATH(clock.at(9, [] {}), "an event at 9 was asked for at 10");
}

}  // namespace
}  // namespace vow::sim
