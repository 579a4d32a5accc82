// The parts that need no socket: cutting frames, reading messages within limits, matching answers to calls.
#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/base/random.h"
#include "coordinator/rpc/frame_cutter.h"
#include "coordinator/rpc/message.h"
#include "coordinator/rpc/pending_calls.h"
#include "tests/rpc/frames.h"
#include "thrift/gen/client/Coordinator.h"

namespace vow::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Status = FrameCutter::Status;

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class Cutting : public ::testing::Test {
 protected:
  Status feed(const std::string& bytes) {
    return cutter_.feed(bytes_of(bytes), [this](Bytes message) {
      messages_.emplace_back(reinterpret_cast<const char*>(message.data()), message.size());
      return messages_.size() < take_;
    });
  }
  FrameCutter cutter_{1000};
  std::vector<std::string> messages_;
  std::size_t take_ = SIZE_MAX;
};

TEST_F(Cutting, HandsOverEachFrameHoweverItArrives) {
  Random random(7);
  std::string stream;
  std::vector<std::string> sent;
  for (int i = 0; i < 500; ++i) {
    sent.emplace_back(random.between(1, 300), static_cast<char>('a' + i % 26));
    stream += framed(sent.back());
  }
  while (!stream.empty()) {
    const std::size_t piece = std::min<std::size_t>(stream.size(), random.between(1, 700));
    EXPECT_EQ(feed(stream.substr(0, piece)), Status::fed);
    stream.erase(0, piece);
  }
  EXPECT_EQ(messages_, sent);
  EXPECT_EQ(cutter_.kept(), 0u);
}

TEST_F(Cutting, KeepsWhatIsNotTakenUntilMoreIsWanted) {
  take_ = 1;
  EXPECT_EQ(feed(framed("one") + framed("two") + framed("three")), Status::stopped);
  EXPECT_THAT(messages_, ElementsAre("one"));
  take_ = 2;
  EXPECT_EQ(feed(""), Status::stopped);
  take_ = SIZE_MAX;
  EXPECT_EQ(feed(""), Status::fed);
  EXPECT_THAT(messages_, ElementsAre("one", "two", "three"));
}

TEST_F(Cutting, AllocatesForWhatArrivedAndNotForWhatWasDeclared) {
  FrameCutter cutter(1u << 30);
  const auto none = [](Bytes) { return true; };
  EXPECT_EQ(cutter.feed(bytes_of(std::string("\x3f\xff\xff\xff", 4)), none), Status::fed);
  EXPECT_LT(cutter.capacity(), 64u);
  EXPECT_EQ(cutter.feed(bytes_of(std::string(1000, 'x')), none), Status::fed);
  EXPECT_LT(cutter.capacity(), 4096u);
}

TEST_F(Cutting, RefusesFramesThatAreTooLargeOrEmpty) {
  EXPECT_EQ(feed(framed(std::string(1000, 'x'))), Status::fed);
  EXPECT_EQ(feed(std::string("\x00\x00\x03\xe9", 4)), Status::too_large);
  FrameCutter other(1000);
  EXPECT_EQ(other.feed(bytes_of(std::string("\xff\xff\xff\xff", 4)), [](Bytes) { return true; }),
            Status::too_large);
  FrameCutter third(1000);
  EXPECT_EQ(third.feed(bytes_of(std::string(4, '\0')), [](Bytes) { return true; }), Status::empty);
}

namespace protocol = apache::thrift::protocol;

std::string a_call(const wire::Vote& vote) {
  std::string out;
  wire::Coordinator_vote_pargs args;
  args.vote = &vote;
  MessageWriter().write(out, protocol::T_CALL, "vote", 41, args);
  return out;
}

std::string read_vote(MessageReader& reader, const std::string& message, wire::Vote& to) {
  const auto head = reader.begin(bytes_of(message));
  if (!head) return "no message";
  wire::Coordinator_vote_args args;
  std::string why = reader.read(args);
  to = args.vote;
  return why;
}

TEST(Messages, AreReadAsTheyWereWritten) {
  wire::Vote vote;
  vote.xid = "an xid";
  vote.preparation.nonce = 12345678901;
  MessageReader reader({});
  for (int i = 0; i < 3; ++i) {
    const std::string message = a_call(vote);
    const auto head = reader.begin(bytes_of(message));
    ASSERT_TRUE(head.has_value());
    EXPECT_EQ(head->name, "vote");
    EXPECT_EQ(head->seqid, 41);
    EXPECT_EQ(head->type, protocol::T_CALL);
    wire::Vote read;
    EXPECT_EQ(read_vote(reader, message, read), "");
    EXPECT_EQ(read, vote);
  }
}

TEST(Messages, ThatAreCutOrPaddedAreRefused) {
  wire::Vote vote;
  vote.xid = "an xid";
  const std::string whole = a_call(vote);
  MessageReader reader({});
  wire::Vote read;
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_NE(read_vote(reader, whole.substr(0, size), read), "") << size;
  EXPECT_THAT(read_vote(reader, whole + "x", read), HasSubstr("bytes follow its end"));
  EXPECT_EQ(read_vote(reader, whole, read), "");
}

TEST(Messages, WithAnyByteChangedAreReadOrRefusedAndNothingElse) {
  wire::Vote vote;
  vote.xid = "an xid";
  vote.resource = "db";
  const std::string whole = a_call(vote);
  MessageReader reader({});
  wire::Vote read;
  std::size_t refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int bits = 1; bits < 256; ++bits) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ bits);
      if (!read_vote(reader, changed, read).empty()) ++refused;
    }
  EXPECT_GT(refused, 0u);
}

// The arguments of `method` as bytes that no generated code would write.
std::string crafted(const std::string& body) {
  std::string out;
  struct Raw {
    const std::string& body;
    void write(protocol::TProtocol* to) const {
      to->getTransport()->write(reinterpret_cast<const std::uint8_t*>(body.data()),
                                static_cast<std::uint32_t>(body.size()));
    }
  };
  MessageWriter().write(out, protocol::T_CALL, "votes", 1, Raw{body});
  return out;
}

std::string list_head(char element, std::uint32_t size, char field = 1) {
  std::string out{protocol::T_LIST, '\0', field, element};
  out.append(4, '\0');
  store_u32(out.data() + out.size() - 4, size);
  return out;
}

template <class Args>
std::string why_refused(MessageReader& reader, const std::string& message) {
  if (!reader.begin(bytes_of(message))) return "no message";
  Args args;
  return reader.read(args);
}

TEST(Messages, MayNotDeclareMoreElementsThanTheyHaveBytes) {
  MessageReader reader({.string_bytes_max = 1000, .container_elements_max = 100'000'000});
  const auto why = [&](const std::string& body) {
    return why_refused<wire::Coordinator_votes_args>(reader, crafted(body));
  };
  // Refused at the head: nothing is allocated for elements first.
  EXPECT_THAT(why(list_head(protocol::T_STRUCT, 100'000'000)), HasSubstr("size limit"));
  EXPECT_THAT(why(list_head(protocol::T_STRUCT, 20)), HasSubstr("size limit"));  // 8 bytes are left
  EXPECT_NE(why(list_head(protocol::T_STRUCT, 0xffffffff)), "");
  // Likewise in fields that nobody knows, which are skipped.
  EXPECT_NE(why(list_head(protocol::T_STOP, 100'000'000, 9)), "");
  EXPECT_NE(why(list_head(protocol::T_I64, 0x20000000, 9)), "");
  EXPECT_NE(why(std::string{protocol::T_MAP, 0, 9, protocol::T_STOP, protocol::T_STOP, 0x7f, 0, 0, 0}), "");
  EXPECT_NE(why(std::string{protocol::T_SET, 0, 9, protocol::T_STOP, 0x7f, 0, 0, 0}), "");
  EXPECT_EQ(why(list_head(protocol::T_STRUCT, 2) + std::string(3, '\0')), "");
}

TEST(Messages, MayBeReadWithoutEndByOneReader) {
  MessageReader reader({});
  wire::Vote vote;
  wire::Vote read;
  vote.xid = std::string(60'000, 'x');
  const std::string message = a_call(vote);
  for (int i = 0; i < 2000; ++i) ASSERT_EQ(read_vote(reader, message, read), "") << i;  // 120 MB
}

TEST(Messages, MayNotHoldMoreElementsThanAreAllowed) {
  MessageReader reader({.string_bytes_max = 1000, .container_elements_max = 10});
  const auto votes = [](char count) {
    return crafted(list_head(protocol::T_STRUCT, static_cast<std::uint32_t>(count)) +
                   std::string(static_cast<std::size_t>(count) + 1, '\0'));
  };
  EXPECT_EQ(why_refused<wire::Coordinator_votes_args>(reader, votes(10)), "");
  EXPECT_NE(why_refused<wire::Coordinator_votes_args>(reader, votes(11)), "");
}

TEST(Messages, MayNotHoldStringsLongerThanAllowed) {
  MessageReader reader({.string_bytes_max = 1000, .container_elements_max = 10});
  wire::Vote vote;
  wire::Vote read;
  vote.xid = std::string(1000, 'x');
  EXPECT_EQ(read_vote(reader, a_call(vote), read), "");
  vote.xid += 'x';
  EXPECT_NE(read_vote(reader, a_call(vote), read), "");
}

TEST(Messages, MayNotNestForEver) {
  MessageReader reader({});
  std::string nested;
  for (int i = 0; i < 100'000; ++i) nested += std::string{protocol::T_STRUCT, 0, 9};
  EXPECT_NE(why_refused<wire::Coordinator_votes_args>(reader, crafted(nested)), "");
}

TEST(PendingCalls, AreTakenOnceEachBySeqid) {
  PendingCalls calls;
  std::vector<std::int32_t> seqids;
  for (int i = 0; i < 1000; ++i) seqids.push_back(calls.add(5, 0, [](const CallOutcome&) {}));
  EXPECT_EQ(calls.size(), 1000u);
  for (const std::int32_t seqid : seqids) EXPECT_EQ(calls.take(seqid)->seqid, seqid);
  EXPECT_EQ(calls.size(), 0u);
  EXPECT_FALSE(calls.take(seqids[3]).has_value());
  EXPECT_FALSE(calls.take(-1).has_value());
}

TEST(PendingCalls, LetOneThatWaitsLongKeepItsPlace) {
  PendingCalls calls;
  const std::int32_t poll = calls.add(100, 7, [](const CallOutcome&) {});
  for (int i = 0; i < 10'000; ++i) {
    const std::int32_t seqid = calls.add(5, 0, [](const CallOutcome&) {});
    ASSERT_NE(seqid, poll);
    ASSERT_TRUE(calls.take(seqid).has_value());
  }
  EXPECT_EQ(calls.earliest_deadline_ms(), 100u);
  EXPECT_EQ(calls.take(poll)->position, 7u);
  EXPECT_EQ(calls.earliest_deadline_ms(), std::nullopt);
}

}  // namespace
}  // namespace vow::rpc
