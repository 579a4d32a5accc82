// Addresses as people write them.
#include "coordinator/rpc/peer_address.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vow::rpc {
namespace {

std::string normal(std::string_view text) {
  const auto address = parse_peer_address(text);
  return address.ok() ? to_string(*address) : address.error();
}

TEST(PeerAddress, HasOneFormHoweverItIsWritten) {
  EXPECT_EQ(normal("node-b:7401"), "node-b:7401");
  EXPECT_EQ(normal("node-b"), "node-b:7401");
  EXPECT_EQ(normal(" Node-B.Example.ORG:9000\t"), "node-b.example.org:9000");
  EXPECT_EQ(normal("10.0.0.1:1"), "10.0.0.1:1");
  EXPECT_EQ(normal("[::1]"), "[::1]:7401");
  EXPECT_EQ(normal("[FE80::1]:65535"), "[fe80::1]:65535");
}

TEST(PeerAddress, RefusesWhatLeadsNowhereAndSaysWhy) {
  using ::testing::HasSubstr;
  EXPECT_THAT(normal(""), HasSubstr("'' is not the address of a peer: it names no host; write host:port"));
  EXPECT_THAT(normal(":7401"), HasSubstr("names no host"));
  EXPECT_THAT(normal("a b:7401"), HasSubstr("' ' cannot be part"));
  EXPECT_THAT(normal("http://a:7401"), HasSubstr("not the address of a peer"));
  EXPECT_THAT(normal("[::1"), HasSubstr("']' is missing"));
  EXPECT_THAT(normal("fe80::1"), HasSubstr("an IPv6 address stands in brackets"));
  for (const char* port : {"a:", "a:0", "a:65536", "a:74o1", "a:-1", "[::1]x", "[::1]:"})
    EXPECT_THAT(normal(port), HasSubstr("the port is not a number from 1 to 65535")) << port;
  EXPECT_THAT(normal(std::string(254, 'a')), HasSubstr("too long"));
}

TEST(PeerAddress, AListHasEachAddressOnceAndInOrder) {
  const std::vector<std::string> written = {"c", "A:7401", "b:7402", "a"};
  const auto list = parse_peer_list(written);
  ASSERT_TRUE(list.ok());
  EXPECT_EQ(to_string(*list), "a:7401, b:7402, c:7401");
  const std::vector<std::string> wrong = {"a", "b:port"};
  EXPECT_FALSE(parse_peer_list(wrong).ok());
  std::vector<std::string> many;
  for (int i = 0; i < 16; ++i) many.push_back("node" + std::to_string(i));
  const auto too_many = parse_peer_list(many);
  ASSERT_FALSE(too_many.ok());
  EXPECT_EQ(too_many.error(), "16 initial members are too many: a cell has at most 15");
}

}  // namespace
}  // namespace vow::rpc
