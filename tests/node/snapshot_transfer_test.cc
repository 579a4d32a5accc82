#include "coordinator/node/snapshot_transfer.h"

#include <gtest/gtest.h>

namespace vow::node {
namespace {

constexpr std::uint32_t retry_ticks = 3;
const NodeId leader(1), follower(2);
const Term term(7);
const storage::SnapshotId first{{Index(10), Term(5)}, 300, 0xabc};
const storage::SnapshotId newer{{Index(20), Term(6)}, 400, 0xdef};

SnapshotRead piece(std::optional<storage::SnapshotId> wanted, const storage::SnapshotId& id,
                   std::uint64_t offset) {
  return {follower, wanted, id, offset, Payload("piece")};
}
SnapshotAck go_on(const storage::SnapshotId& id, std::uint64_t offset) {
  return {follower, leader, term, id, offset, false};
}

class Transfer : public ::testing::Test {
 protected:
  // Begun, and the first piece sent.
  void SetUp() override {
    ASSERT_EQ(sender.wanted(follower, term).read.size(), 1U);
    ASSERT_EQ(sender.read(piece(std::nullopt, first, 0)).send.size(), 1U);
  }
  SnapshotSender sender{leader, retry_ticks};
};

TEST_F(Transfer, EachPieceFollowsTheAcknowledgementOfTheOneBefore) {
  auto todo = sender.acknowledged(go_on(first, 100));
  ASSERT_EQ(todo.read.size(), 1U);
  EXPECT_EQ(todo.read[0].id, first);
  EXPECT_EQ(todo.read[0].offset, 100U);
  todo = sender.read(piece(first, first, 100));
  ASSERT_EQ(todo.send.size(), 1U);
  EXPECT_EQ(todo.send[0].offset, 100U);
  EXPECT_EQ(todo.send[0].term, term);
  todo = sender.acknowledged({follower, leader, term, first, 300, true});
  ASSERT_EQ(todo.ended.size(), 1U);
  EXPECT_EQ(todo.ended[0].installed, first.at);
}

TEST_F(Transfer, GoesOnWhereTheFollowerStopped) {
  const auto todo = sender.acknowledged(go_on(first, 200));
  ASSERT_EQ(todo.read.size(), 1U);
  EXPECT_EQ(todo.read[0].offset, 200U) << "it had pieces from an earlier attempt";
}

TEST_F(Transfer, AskingAgainForOneUnderWayChangesNothing) {
  EXPECT_TRUE(sender.wanted(follower, term).read.empty());
}

TEST_F(Transfer, APieceThatIsNotAcknowledgedIsSentAgain) {
  for (std::uint32_t i = 1; i < retry_ticks; ++i) EXPECT_TRUE(sender.tick().read.empty());
  const auto todo = sender.tick();
  ASSERT_EQ(todo.read.size(), 1U);
  EXPECT_EQ(todo.read[0].offset, 0U);
}

TEST_F(Transfer, FailsWhenNobodyAnswers) {
  for (int i = 0; i < 1000; ++i) {
    auto todo = sender.tick();
    for (const ReadSnapshot& read : todo.read) (void)sender.read(piece(read.id, first, read.offset));
    if (todo.ended.empty()) continue;
    EXPECT_EQ(todo.ended[0].installed, std::nullopt);
    EXPECT_EQ(sender.wanted(follower, term).read.size(), 1U) << "it may begin again";
    return;
  }
  FAIL() << "it never gives up";
}

TEST_F(Transfer, BeginsAgainWithTheNewerSnapshotWhenThisOneIsReplaced) {
  (void)sender.acknowledged(go_on(first, 100));
  auto todo = sender.read(
      {follower, first, first, 100, storage::failure(storage::Fault::absent, "replaced by a newer one")});
  ASSERT_EQ(todo.read.size(), 1U);
  EXPECT_EQ(todo.read[0].id, std::nullopt);
  EXPECT_EQ(todo.read[0].offset, 0U);
  todo = sender.read(piece(std::nullopt, newer, 0));
  ASSERT_EQ(todo.send.size(), 1U);
  EXPECT_EQ(todo.send[0].id, newer);
}

TEST_F(Transfer, OldAnswersAreIgnored) {
  EXPECT_TRUE(sender.acknowledged(go_on(newer, 100)).read.empty()) << "of another snapshot";
  EXPECT_TRUE(sender.acknowledged({follower, leader, Term(6), first, 100, false}).read.empty())
      << "of another term";
  EXPECT_TRUE(sender.acknowledged(go_on(first, 0)).read.empty()) << "says nothing new";
  EXPECT_TRUE(sender.acknowledged({NodeId(3), leader, term, first, 100, false}).read.empty())
      << "of a stranger";
}

TEST_F(Transfer, ALeaderThatLeadsNoLongerSendsNothing) {
  sender.drop_all();
  EXPECT_TRUE(sender.acknowledged(go_on(first, 100)).read.empty());
  EXPECT_TRUE(sender.read(piece(first, first, 0)).send.empty());
}

}  // namespace
}  // namespace vow::node
