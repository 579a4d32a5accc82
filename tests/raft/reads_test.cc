#include "coordinator/raft/reads.h"

#include <gtest/gtest.h>

namespace vow::raft {
namespace {

std::vector<ReadId> ids(const std::vector<ReadReady>& ready) {
  std::vector<ReadId> result;
  for (const ReadReady& each : ready) result.push_back(each.id);
  return result;
}

TEST(Reads, ThoseThatComeBetweenTwoRoundsShareOne) {
  Reads reads;
  EXPECT_FALSE(reads.begin_round()) << "nobody waits";
  reads.add(1, Index(5));
  reads.add(2, Index(6));
  EXPECT_TRUE(reads.begin_round());
  EXPECT_FALSE(reads.begin_round()) << "nobody new";
  EXPECT_EQ(ids(reads.confirmed(reads.round())), (std::vector<ReadId>{1, 2}));
}

TEST(Reads, ARoundConfirmsOnlyWhatWasAskedBeforeIt) {
  Reads reads;
  reads.add(1, Index(5));
  (void)reads.begin_round();
  const auto first = reads.round();
  reads.add(2, Index(6));
  EXPECT_EQ(ids(reads.confirmed(first)), (std::vector<ReadId>{1})) << "read 2 has no round yet";
  (void)reads.begin_round();
  EXPECT_TRUE(reads.confirmed(first).empty());
  EXPECT_EQ(ids(reads.confirmed(reads.round())), (std::vector<ReadId>{2}));
}

TEST(Reads, ALaterRoundConfirmsEarlierOnes) {
  Reads reads;
  reads.add(1, Index(5));
  (void)reads.begin_round();
  reads.add(2, Index(6));
  (void)reads.begin_round();
  EXPECT_EQ(ids(reads.confirmed(reads.round())), (std::vector<ReadId>{1, 2}));
}

TEST(Reads, WhatWasAskedBeforeTheFirstEntryReadsThatEntryToo) {
  Reads reads;
  reads.add(1, Index(5));
  (void)reads.begin_round();
  reads.raise_indices(Index(8));
  EXPECT_EQ(reads.confirmed(reads.round()).front().index, Index(8));
}

TEST(Reads, AreAllDroppedWhenLeadershipIsLost) {
  Reads reads;
  reads.add(1, Index(5));
  (void)reads.begin_round();
  reads.add(2, Index(5));
  EXPECT_EQ(reads.drop_all(), (std::vector<ReadId>{1, 2}));
  EXPECT_EQ(reads.size(), 0U);
}

}  // namespace
}  // namespace vow::raft
