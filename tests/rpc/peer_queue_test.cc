// What waits for a peer, in which order it leaves, and what is dropped.
#include "coordinator/rpc/peer_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/rpc/peer_codec.h"

namespace vow::rpc {
namespace {

using node::PeerMessage;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const NodeId from(1);
const NodeId to(2);

PeerMessage heartbeat(std::uint64_t nth) {
  return raft::Message{from, to, Term(1), raft::Heartbeat{Index(), nth}};
}
PeerMessage append(std::uint64_t nth, std::size_t bytes = 10) {
  raft::Append body{.prev = {Index(nth), Term(1)}, .entries = {}, .commit = {}};
  body.entries.push_back(
      {Index(nth + 1), Term(1), storage::EntryKind::command, Payload(std::string(bytes, 'x'))});
  return raft::Message{from, to, Term(1), std::move(body)};
}
PeerMessage chunk(std::uint64_t nth, std::size_t bytes = 10) {
  return node::SnapshotChunk{from, to, Term(1), {}, nth, Payload(std::string(bytes, 'x'))};
}

// "heartbeat 1", "append 2", "chunk 3"
std::string name(const PeerMessage& message) {
  if (const auto* piece = std::get_if<node::SnapshotChunk>(&message))
    return "chunk " + std::to_string(piece->offset);
  const auto& body = std::get<raft::Message>(message).body;
  if (const auto* entries = std::get_if<raft::Append>(&body))
    return "append " + to_string(entries->prev.index);
  return "heartbeat " + std::to_string(std::get<raft::Heartbeat>(body).round);
}
std::vector<std::string> take(PeerQueue& queue, std::size_t bytes_max = 1u << 20, bool with_chunk = true) {
  std::vector<std::string> names;
  for (const PeerMessage& message : queue.take(bytes_max, with_chunk).messages)
    names.push_back(name(message));
  return names;
}
PeerQueue online(const PeerQueueLimits& limits = {}) {
  PeerQueue queue(limits);
  queue.set_online(true);
  return queue;
}

TEST(PeerQueue, SmallMessagesLeaveBeforeEntriesAndThoseBeforePiecesOfSnapshots) {
  PeerQueue queue = online();
  queue.push(chunk(1));
  queue.push(append(1));
  queue.push(heartbeat(1));
  queue.push(append(2));
  queue.push(heartbeat(2));
  EXPECT_THAT(take(queue), ElementsAre("heartbeat 1", "heartbeat 2", "append 1", "append 2", "chunk 1"));
  EXPECT_THAT(take(queue), IsEmpty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST(PeerQueue, AFrameHoldsWhatFitsButSomeOfEveryLane) {
  PeerQueue queue = online();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    queue.push(heartbeat(i));
    queue.push(append(i, 1000));
    queue.push(chunk(i, 1000));
  }
  EXPECT_THAT(take(queue, 1), ElementsAre("heartbeat 1", "append 1", "chunk 1"));
  EXPECT_THAT(take(queue, 2200),
              ElementsAre("heartbeat 2", "heartbeat 3", "append 2", "append 3", "chunk 2"));
  EXPECT_THAT(take(queue), ElementsAre("chunk 3"));
}

TEST(PeerQueue, NoPieceOfASnapshotLeavesWhileEnoughAreOnTheirWay) {
  PeerQueue queue = online();
  queue.push(chunk(1));
  queue.push(heartbeat(1));
  EXPECT_THAT(take(queue, 1000, false), ElementsAre("heartbeat 1"));
  EXPECT_THAT(take(queue, 1000, true), ElementsAre("chunk 1"));
}

TEST(PeerQueue, TellsWhatItGaveOut) {
  PeerQueue queue = online();
  queue.push(append(1, 500));
  queue.push(chunk(1, 700));
  const std::size_t bytes = queue.bytes();
  EXPECT_EQ(bytes, encoded_size(append(1, 500)) + encoded_size(chunk(1, 700)));
  const PeerQueue::Batch batch = queue.take(1u << 20, true);
  EXPECT_EQ(batch.bytes, bytes);
  EXPECT_EQ(batch.chunks, 1U);
}

TEST(PeerQueue, WhenFullWhatWaitsIsDroppedForWhatComes) {
  PeerQueue queue = online({.messages_max = 4, .bytes_max = 1u << 20, .offline_messages_max = 2});
  queue.push(heartbeat(1));
  queue.push(append(1));
  queue.push(append(2));
  queue.push(chunk(1));
  queue.push(append(3));
  EXPECT_EQ(queue.dropped(), 3U);
  EXPECT_THAT(take(queue), ElementsAre("heartbeat 1", "append 3"));
}

TEST(PeerQueue, IsBoundedInBytes) {
  PeerQueue queue = online({.messages_max = 100, .bytes_max = 10'000, .offline_messages_max = 2});
  for (std::uint64_t i = 1; i <= 100; ++i) {
    queue.push(append(i, 3000));
    ASSERT_LE(queue.bytes(), 10'000U);
  }
  EXPECT_GT(queue.dropped(), 90U);
  EXPECT_EQ(take(queue).back(), "append 100");
}

TEST(PeerQueue, DropsSmallMessagesTooIfThereAreOnlyThose) {
  PeerQueue queue = online({.messages_max = 3, .bytes_max = 1u << 20, .offline_messages_max = 2});
  for (std::uint64_t i = 1; i <= 4; ++i) queue.push(heartbeat(i));
  EXPECT_THAT(take(queue), ElementsAre("heartbeat 4"));
  EXPECT_EQ(queue.dropped(), 3U);
}

TEST(PeerQueue, WithoutAConnectionKeepsOnlyTheNewestSmallMessages) {
  PeerQueue queue({.messages_max = 100, .bytes_max = 1u << 20, .offline_messages_max = 2});
  queue.push(append(1));
  queue.push(chunk(1));
  for (std::uint64_t i = 1; i <= 5; ++i) queue.push(heartbeat(i));
  EXPECT_EQ(queue.dropped(), 5U);
  EXPECT_THAT(take(queue), ElementsAre("heartbeat 4", "heartbeat 5"));
}

TEST(PeerQueue, LosingTheConnectionDropsWhatWouldBeSentAgain) {
  PeerQueue queue = online({.messages_max = 100, .bytes_max = 1u << 20, .offline_messages_max = 2});
  for (std::uint64_t i = 1; i <= 3; ++i) {
    queue.push(heartbeat(i));
    queue.push(append(i));
    queue.push(chunk(i));
  }
  queue.set_online(false);
  EXPECT_EQ(queue.dropped(), 7U);
  EXPECT_THAT(take(queue), ElementsAre("heartbeat 2", "heartbeat 3"));
}

TEST(PeerQueue, DropsWhatNoPeerWouldAccept) {
  PeerQueue queue = online({.messages_max = 100, .bytes_max = 1u << 30, .offline_messages_max = 2});
  queue.push(append(1, peer_message_bytes_max));
  EXPECT_EQ(queue.dropped(), 1U);
  EXPECT_THAT(take(queue), IsEmpty());
}

}  // namespace
}  // namespace vow::rpc
