// Peers' messages as bytes: what is written is read, and nothing else is.
#include "coordinator/rpc/peer_codec.h"

#include <gtest/gtest.h>

#include "coordinator/base/checksum.h"
#include "tests/rpc/peer_messages.h"

namespace vow::rpc {
namespace {

using node::PeerMessage;

const FrameHeader header{CellId(7), NodeId(1), NodeId(2), "a:7401"};

std::string frame_of(const std::vector<PeerMessage>& messages) {
  FrameWriter writer(header);
  for (const PeerMessage& message : messages) writer.add(message);
  EXPECT_EQ(writer.messages(), messages.size());
  return writer.take();
}

struct WhatIsRead {
  bool opened = false;
  bool damaged = false;
  std::vector<PeerMessage> messages;
};
WhatIsRead read(std::string_view frame) {
  WhatIsRead result;
  auto reader = FrameReader::open(frame);
  if (!reader) return result;
  result.opened = true;
  while (auto message = reader->next()) result.messages.push_back(*std::move(message));
  result.damaged = reader->damaged();
  return result;
}

TEST(PeerCodec, ReadsEveryKindOfMessageAsItWasWritten) {
  Random random(1);
  for (int round = 0; round < 500; ++round) {
    std::vector<PeerMessage> messages;
    for (std::size_t kind = 0; kind < message_kinds; ++kind)
      messages.push_back(random_message(random, kind, header.from, header.to));
    const std::string frame = frame_of(messages);
    auto reader = FrameReader::open(frame);
    ASSERT_TRUE(reader.ok()) << reader.error();
    EXPECT_EQ(reader->header(), header);
    for (const PeerMessage& message : messages) {
      const auto read = reader->next();
      ASSERT_TRUE(read.has_value());
      EXPECT_TRUE(same(*read, message)) << "kind " << message.index();
    }
    EXPECT_FALSE(reader->next());
    EXPECT_FALSE(reader->damaged());
  }
}

TEST(PeerCodec, KnowsTheSizeOfAMessageBeforeItIsWritten) {
  Random random(2);
  for (std::size_t kind = 0; kind < message_kinds; ++kind) {
    const PeerMessage message = random_message(random, kind, header.from, header.to);
    EXPECT_EQ(frame_of({message}).size(), frame_of({}).size() + encoded_size(message));
  }
}

// Of a damaged frame, at most the messages before the damage are taken, and they are what was sent.
void expect_no_forgery(const std::string& damaged, const std::vector<PeerMessage>& sent,
                       bool whole_messages) {
  const WhatIsRead result = read(damaged);
  ASSERT_LT(result.messages.size(), sent.size());
  for (std::size_t i = 0; i < result.messages.size(); ++i) ASSERT_TRUE(same(result.messages[i], sent[i]));
  ASSERT_TRUE(!result.opened || result.damaged || whole_messages);
}

TEST(PeerCodec, TakesNoFlippedBitForAMessage) {
  Random random(3);
  for (std::size_t kind = 0; kind < message_kinds; ++kind) {
    const std::vector<PeerMessage> sent = {random_message(random, 6, header.from, header.to),
                                           random_message(random, kind, header.from, header.to)};
    const std::string frame = frame_of(sent);
    for (std::size_t bit = 0; bit < 8 * frame.size(); ++bit) {
      std::string damaged = frame;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
      ASSERT_NO_FATAL_FAILURE(expect_no_forgery(damaged, sent, false)) << "kind " << kind << ", bit " << bit;
    }
  }
}

TEST(PeerCodec, TakesNoCutFrameForAWholeOne) {
  Random random(4);
  for (std::size_t kind = 0; kind < message_kinds; ++kind) {
    const std::vector<PeerMessage> sent = {random_message(random, kind, header.from, header.to)};
    const std::string frame = frame_of(sent);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const bool at_a_boundary = size == frame_of({}).size();
      ASSERT_NO_FATAL_FAILURE(expect_no_forgery(frame.substr(0, size), sent, at_a_boundary));
    }
    EXPECT_TRUE(read(frame + "x").damaged) << "bytes that belong to nothing";
  }
}

TEST(PeerCodec, BindsMessagesToTheirFrame) {
  const PeerMessage message = raft::Message{header.from, header.to, Term(3), raft::TimeoutNow{}};
  const std::string frame = frame_of({message});
  const std::size_t header_size = frame_of({}).size();
  FrameHeader other = header;
  other.to = NodeId(3);
  FrameWriter elsewhere(other);
  EXPECT_TRUE(read(elsewhere.take() + frame.substr(header_size)).damaged);
}

// A frame with one message of this kind and body, all checksums right.
std::string frame_with(std::uint8_t kind, std::string_view body) {
  const std::string head = frame_of({});
  ByteWriter out;
  out.u32(static_cast<std::uint32_t>(body.size()));
  out.u8(kind);
  std::string message = out.take() + std::string(body);
  ByteWriter sum;
  sum.u64(checksum(message, ByteReader(std::string_view(head).substr(head.size() - 8)).u64()));
  return head + message + sum.take();
}

TEST(PeerCodec, SkipsKindsThatNewerProgramsKnow) {
  const std::string frame = frame_with(200, "whatever");
  auto reader = FrameReader::open(frame);
  ASSERT_TRUE(reader.ok());
  EXPECT_FALSE(reader->next());
  EXPECT_FALSE(reader->damaged());
  EXPECT_EQ(reader->skipped(), 1U);
}

TEST(PeerCodec, ReservesNothingForEntriesThatCannotBeThere) {
  ByteWriter body;
  for (int i = 0; i < 4; ++i) body.u64(1);  // term, previous position, commit
  body.u32(0xffffffff);
  EXPECT_TRUE(read(frame_with(5, body.view())).damaged);
}

TEST(PeerCodec, RefusesFieldsThatMakeNoSense) {
  ByteWriter granted;
  granted.u64(1);
  granted.u8(2);
  EXPECT_TRUE(read(frame_with(4, granted.view())).damaged) << "neither true nor false";
  ByteWriter longer;
  longer.u64(1);
  longer.u8(1);
  EXPECT_FALSE(read(frame_with(4, longer.view())).damaged);
  longer.u8(0);
  EXPECT_TRUE(read(frame_with(4, longer.view())).damaged) << "a byte that belongs to no field";
  ByteWriter entries;
  for (int i = 0; i < 4; ++i) entries.u64(1);
  entries.u32(1);
  entries.u64(1);
  entries.u8(9);
  entries.bytes("payload");
  EXPECT_TRUE(read(frame_with(5, entries.view())).damaged) << "an entry of no kind";
}

TEST(PeerCodec, RefusesFramesOfAnotherVersion) {
  std::string frame = frame_of({});
  frame[0] = 2;
  const std::size_t covered = frame.size() - 8;
  ByteWriter sum;
  sum.u64(checksum(std::string_view(frame).substr(0, covered)));
  const auto reader = FrameReader::open(frame.replace(covered, 8, sum.view()));
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error(), "a frame of version 2; this vow knows 1");
}

}  // namespace
}  // namespace vow::rpc
