// What is made of measured figures.
#include "coordinator/cli/perf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vow::cli {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

Measured good() {
  Measured measured;
  measured.machine = {4, "tsc", true, false};
  measured.sync = {1000, 900, 2000, 1000};       // 1 ms each on average
  measured.loopback = {10'000, 200, 400, 1000};  // likewise
  return measured;
}

TEST(Latency, IsReadFromTheSortedFigures) {
  std::vector<double> figures;
  for (int i = 100; i > 0; --i) figures.push_back(i);
  const Latency latency = latency_of(figures);
  EXPECT_EQ(latency.count, 100u);
  EXPECT_EQ(latency.p50_us, 51);
  EXPECT_EQ(latency.p99_us, 100);
  EXPECT_NEAR(latency.per_s, 1e6 / 50.5, 0.001);
  EXPECT_EQ(latency_of({7}).p99_us, 7);
}

TEST(Expectations, AddUpWhatOneCommitWaitsFor) {
  EXPECT_THAT(expectations(good()), Contains(HasSubstr("about 500 transactions a second")));
  EXPECT_THAT(expectations(good()), Contains(HasSubstr("100 about 50000")));
}

TEST(Expectations, NameTheLimit) {
  EXPECT_THAT(expectations(good()), Contains(HasSubstr("processors and the network limit")));
  Measured slow = good();
  slow.sync.p50_us = 4'000;
  EXPECT_THAT(expectations(slow), Contains(HasSubstr("The disk limits")));
}

TEST(Warnings, AreNoneForAGoodMachine) { EXPECT_THAT(warnings(good()), IsEmpty()); }

TEST(Warnings, DoubtASyncThatIsTooFast) {
  Measured measured = good();
  measured.sync.p50_us = 3;
  EXPECT_THAT(warnings(measured), Contains(HasSubstr("faster than a disk")));
  measured.machine.disk_is_memory = true;
  EXPECT_THAT(warnings(measured), Contains(HasSubstr("lies in memory")));
}

TEST(Warnings, NameWhatWouldUnseatALeader) {
  Measured measured = good();
  measured.sync.p99_us = 600'000;
  EXPECT_THAT(warnings(measured), Contains(HasSubstr("raft.election_ticks")));
  measured = good();
  measured.machine.clock_is_synchronized = false;
  EXPECT_THAT(warnings(measured), Contains(HasSubstr("NTP")));
  measured = good();
  measured.machine.cores = 1;
  EXPECT_THAT(warnings(measured), Contains(HasSubstr("one processor")));
}

}  // namespace
}  // namespace vow::cli
