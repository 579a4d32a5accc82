#include "coordinator/dispatch/history.h"

#include <gtest/gtest.h>

namespace vow::dispatch {
namespace {

txn::Xid xid_of(std::uint32_t sequence) {
  return {.cell = 1,
          .incarnation = 1,
          .term = 1,
          .timeout_s = 1,
          .begin_ms = 1,
          .session = 1,
          .sequence = sequence};
}

txn::Preparation preparation_of(std::uint64_t nonce) {
  return {*txn::BranchName::from("a"), txn::Nonce(nonce)};
}

txn::Settled ended(std::uint32_t sequence, txn::Answer answer) {
  txn::Settled settled{xid_of(sequence), answer, true, {}};
  settled.branches.push_back({.preparation = preparation_of(sequence),
                              .resource = "stock",
                              .session = {},
                              .enlistment = 0,
                              .standing = txn::OpenBranch::Standing::finished});
  return settled;
}

const txn::Answer committed{txn::Verdict::committed};
const txn::Answer refused{txn::Verdict::rolled_back, txn::Reason::vote_refused};

TEST(History, RemembersWhyATransactionEnded) {
  History history(10);
  history.add(ended(1, refused), 500);
  ASSERT_NE(history.find(xid_of(1)), nullptr);
  EXPECT_EQ(history.find(xid_of(1))->answer, refused);
  EXPECT_EQ(history.find(xid_of(1))->at_ms, 500u);
  EXPECT_EQ(history.find(xid_of(2)), nullptr);
}

TEST(History, SaysWhetherAPreparationWasCommitted) {
  History history(10);
  history.add(ended(1, committed), 500);
  history.add(ended(2, refused), 500);
  EXPECT_EQ(history.committed_with(xid_of(1), preparation_of(1)), true);
  EXPECT_EQ(history.committed_with(xid_of(1), preparation_of(9)), false);
  EXPECT_EQ(history.committed_with(xid_of(2), preparation_of(2)), std::nullopt);
  EXPECT_EQ(history.committed_with(xid_of(3), preparation_of(3)), std::nullopt);
}

TEST(History, ForgetsTheOldestFirst) {
  History history(3);
  for (std::uint32_t i = 1; i <= 5; ++i) history.add(ended(i, committed), i);
  EXPECT_EQ(history.size(), 3u);
  EXPECT_EQ(history.find(xid_of(2)), nullptr);
  for (std::uint32_t i = 3; i <= 5; ++i) {
    ASSERT_NE(history.find(xid_of(i)), nullptr);
    EXPECT_EQ(history.find(xid_of(i))->xid, xid_of(i));
  }
}

TEST(History, TakesTheLaterOfTwoWordsOnOneTransaction) {
  History history(2);
  history.add(ended(1, refused), 1);
  history.add(ended(1, committed), 2);
  history.add(ended(2, committed), 3);
  ASSERT_NE(history.find(xid_of(1)), nullptr);
  EXPECT_EQ(history.find(xid_of(1))->at_ms, 2u);
}

}  // namespace
}  // namespace vow::dispatch
