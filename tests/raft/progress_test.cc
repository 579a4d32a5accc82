#include "coordinator/raft/progress.h"

#include <gtest/gtest.h>

#include "coordinator/base/limits.h"

namespace vow::raft {
namespace {

using State = Progress::State;

TEST(Progress, ProbesOneAppendAtATimeUntilTheLogsAgree) {
  Progress p(Index(10));
  EXPECT_EQ(p.state(), State::probe);
  EXPECT_TRUE(p.may_send());
  p.sent(Index(10), 0);
  EXPECT_FALSE(p.may_send()) << "the probe is not answered yet";
  EXPECT_FALSE(p.answered_beat()) << "no heartbeat has left since";
  EXPECT_FALSE(p.may_send());
  p.begin_beat();
  EXPECT_TRUE(p.answered_beat());
  EXPECT_TRUE(p.may_send()) << "alive without an answer: the probe was lost";
  EXPECT_TRUE(p.acknowledged(Index(10)));
  EXPECT_EQ(p.state(), State::replicate);
  EXPECT_EQ(p.next(), Index(11));
}

TEST(Progress, GoesBackToWhereTheLogsMayAgree) {
  Progress p(Index(10));
  p.sent(Index(10), 0);
  EXPECT_TRUE(p.rejected(Index(10), Index(4)));
  EXPECT_EQ(p.next(), Index(5));
  EXPECT_FALSE(p.rejected(Index(10), Index(2))) << "the same rejection again is stale";
  EXPECT_EQ(p.next(), Index(5));
  EXPECT_TRUE(p.rejected(Index(4), Index(9))) << "it always goes back by one at least";
  EXPECT_EQ(p.next(), Index(4));
}

TEST(Progress, PipelinesWithinItsWindow) {
  Progress p(Index(0));
  (void)p.acknowledged(Index(0));
  ASSERT_EQ(p.state(), State::replicate);
  std::uint64_t sent = 0;
  while (p.may_send()) p.sent(Index(++sent), 100);
  EXPECT_EQ(sent, limits::flight_messages_max);
  EXPECT_TRUE(p.acknowledged(Index(10)));
  std::uint64_t more = 0;
  for (; p.may_send(); ++more) p.sent(Index(++sent), 100);
  EXPECT_EQ(more, 10U) << "each acknowledged append makes room for one";
}

TEST(Progress, TheWindowIsBoundedInBytesToo) {
  Progress p(Index(0));
  (void)p.acknowledged(Index(0));
  p.sent(Index(1), limits::flight_bytes_max);
  EXPECT_FALSE(p.may_send());
}

TEST(Progress, ARejectionInFlightSendsItBackToProbing) {
  Progress p(Index(0));
  (void)p.acknowledged(Index(5));
  p.sent(Index(7), 10);
  p.sent(Index(9), 10);
  EXPECT_FALSE(p.rejected(Index(3), Index(2))) << "older than the acknowledgement of 5";
  EXPECT_EQ(p.state(), State::replicate);
  EXPECT_TRUE(p.rejected(Index(7), Index(5)));
  EXPECT_EQ(p.state(), State::probe);
  EXPECT_EQ(p.next(), Index(6)) << "from what is certain";
}

TEST(Progress, NoAppendsWhileASnapshotIsOnItsWay) {
  Progress p(Index(10));
  p.begin_snapshot();
  EXPECT_FALSE(p.may_send());
  p.begin_beat();
  (void)p.answered_beat();
  EXPECT_FALSE(p.may_send());
  p.snapshot_sent(Index(8));
  EXPECT_EQ(p.state(), State::probe);
  EXPECT_EQ(p.next(), Index(9));
}

TEST(Progress, AfterAFailedSnapshotItProbesFromWhatIsCertain) {
  Progress p(Index(10));
  (void)p.acknowledged(Index(3));
  p.begin_snapshot();
  p.snapshot_failed();
  EXPECT_EQ(p.state(), State::probe);
  EXPECT_EQ(p.next(), Index(4));
}

TEST(Progress, AnAcknowledgementNeverTakesAnythingBack) {
  Progress p(Index(0));
  (void)p.acknowledged(Index(9));
  EXPECT_FALSE(p.acknowledged(Index(4)));
  EXPECT_EQ(p.match(), Index(9));
}

TEST(Progress, ANodeWhoseDiskWasReplacedByAnOlderOneIsNoticed) {
  Progress p(Index(9));
  (void)p.acknowledged(Index(9));
  p.begin_snapshot();
  p.snapshot_failed();
  p.sent(Index(9), 0);
  EXPECT_FALSE(p.rejected(Index(9), Index(3)));
  EXPECT_TRUE(p.lost_data);
}

}  // namespace
}  // namespace vow::raft
