#include "coordinator/raft/configuration.h"

#include <gtest/gtest.h>

#include "coordinator/base/bytes.h"
#include "coordinator/base/random.h"

namespace vow::raft {
namespace {

std::set<NodeId> ids(std::initializer_list<std::uint64_t> values) {
  std::set<NodeId> result;
  for (const auto value : values) result.insert(NodeId(value));
  return result;
}

std::uint64_t reached(const Configuration& c, std::map<std::uint64_t, std::uint64_t> values) {
  return c.reached_by_quorum([&](NodeId node) { return values[node.value()]; });
}

TEST(Configuration, AMajorityHasReachedTheMiddleValue) {
  const Configuration three{.voters = ids({1, 2, 3})};
  EXPECT_EQ(reached(three, {{1, 5}, {2, 7}, {3, 9}}), 7U);
  EXPECT_EQ(reached(three, {{1, 9}, {2, 0}, {3, 0}}), 0U);
  const Configuration four{.voters = ids({1, 2, 3, 4})};
  EXPECT_EQ(reached(four, {{1, 9}, {2, 9}, {3, 4}, {4, 1}}), 4U) << "two of four are no majority";
  EXPECT_EQ(reached(Configuration{.voters = ids({1})}, {{1, 3}}), 3U);
}

TEST(Configuration, WhileJointBothMajoritiesAreNeeded) {
  const Configuration joint{.voters = ids({1, 4, 5}), .voters_outgoing = ids({1, 2, 3})};
  EXPECT_EQ(reached(joint, {{1, 9}, {4, 9}, {5, 9}}), 0U);
  EXPECT_EQ(reached(joint, {{1, 9}, {2, 9}, {3, 9}}), 0U);
  EXPECT_EQ(reached(joint, {{1, 9}, {4, 8}, {2, 7}}), 7U);
}

TEST(Configuration, LearnersAndStrangersDoNotCount) {
  const Configuration c{.voters = ids({1, 2, 3}), .voters_outgoing = {}, .learners = ids({4})};
  EXPECT_EQ(reached(c, {{1, 9}, {4, 9}, {5, 9}}), 0U);
  EXPECT_TRUE(c.is_member(NodeId(4)));
  EXPECT_FALSE(c.is_voter(NodeId(4)));
}

TEST(Configuration, NobodyIsNoQuorum) {
  EXPECT_FALSE(Configuration{}.is_quorum([](NodeId) { return true; }));
}

// Any two quorums of one configuration share a node; so do quorums of a configuration and of the joint one
// next to it.
TEST(Configuration, QuorumsMeet) {
  Random random(1);
  const auto draw = [&] {
    std::set<NodeId> nodes;
    while (nodes.empty()) {
      for (std::uint64_t i = 1; i <= 7; ++i) {
        if (random.chance(0.5)) nodes.insert(NodeId(i));
      }
    }
    return nodes;
  };
  const auto quorum_in = [](const Configuration& c, unsigned members) {
    return c.is_quorum([&](NodeId node) { return (members >> node.value() & 1) != 0; });
  };
  for (int round = 0; round < 30; ++round) {
    const Configuration before{.voters = draw()};
    const Configuration joint{.voters = draw(), .voters_outgoing = before.voters};
    const Configuration after{.voters = joint.voters};
    for (unsigned a = 0; a < 256; ++a) {
      const unsigned rest = ~a & 255U;
      EXPECT_FALSE(quorum_in(before, a) && quorum_in(before, rest));
      EXPECT_FALSE(quorum_in(before, a) && quorum_in(joint, rest));
      EXPECT_FALSE(quorum_in(after, a) && quorum_in(joint, rest));
    }
  }
}

TEST(Configuration, IsReadBackAsItWasWritten) {
  const Configuration c{
      .voters = ids({1, 2, 3}), .voters_outgoing = ids({2, 9}), .learners = ids({1ULL << 60}), .version = 7};
  EXPECT_EQ(decode_configuration(encode(c)), c);
  EXPECT_EQ(decode_configuration(encode(Configuration{})), Configuration{});
}

TEST(Configuration, WhatIsNoConfigurationIsRefused) {
  const std::string good = encode({.voters = ids({1, 2, 3})});
  for (std::size_t n = 0; n < good.size(); ++n)
    EXPECT_EQ(decode_configuration(good.substr(0, n)), std::nullopt);
  EXPECT_EQ(decode_configuration(good + "x"), std::nullopt);
  ByteWriter huge;
  huge.u32(1);
  huge.u32(0xffffffff);
  EXPECT_EQ(decode_configuration(huge.view()), std::nullopt) << "a huge count is not followed";
}

}  // namespace
}  // namespace vow::raft
