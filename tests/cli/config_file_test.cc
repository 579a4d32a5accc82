// The form of the configuration file.
#include "coordinator/cli/config_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vow::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(ConfigFile, HasSectionsDottedKeysAndComments) {
  const ParsedFile parsed = parse_config_file(
      "# where things are\n"
      "node.data = /var/lib/vow   # a disk of its own\n"
      "\n"
      "[client]\n"
      "  listen = 0.0.0.0:7400\r\n"
      "threads=4\n",
      "vow.toml");
  EXPECT_THAT(parsed.complaints, IsEmpty());
  EXPECT_THAT(parsed.given, ElementsAre(Given{"node.data", "/var/lib/vow", "vow.toml:2"},
                                        Given{"client.listen", "0.0.0.0:7400", "vow.toml:5"},
                                        Given{"client.threads", "4", "vow.toml:6"}));
}

std::string value_of(const std::string& text) {
  const ParsedFile parsed = parse_config_file("key = " + text, "f");
  return parsed.given.size() == 1 && parsed.complaints.empty() ? parsed.given.front().value : "(refused)";
}

TEST(ConfigFile, QuotesKeepBlanksAndHashes) {
  EXPECT_EQ(value_of("\"a # b\""), "a # b");
  EXPECT_EQ(value_of("'a \" b'"), "a \" b");
  EXPECT_EQ(value_of("a#b"), "a#b");
  EXPECT_EQ(value_of("\"\""), "");
}

TEST(ConfigFile, ListsBecomeCommas) {
  EXPECT_EQ(value_of("[\"a:7401\", 'b:7401', c:7401]"), "a:7401,b:7401,c:7401");
  EXPECT_EQ(value_of("[]"), "");
  EXPECT_EQ(value_of("[\"a:7401\",]"), "a:7401");
  EXPECT_EQ(value_of("[::1]:7400"), "[::1]:7400");
}

TEST(ConfigFile, WhatCannotBeReadIsNamedWithItsLine) {
  for (const char* line :
       {"listen", "[client", "= 3", "a b = 3", "key = \"open", "key = 'a' b", "key = a\"b\""}) {
    const ParsedFile parsed = parse_config_file(std::string("\n") + line, "vow.toml");
    ASSERT_THAT(parsed.complaints, SizeIs(1)) << line;
    EXPECT_EQ(parsed.complaints[0].where, "vow.toml:2");
    EXPECT_THAT(parsed.complaints[0].what, HasSubstr(line));
    EXPECT_THAT(parsed.given, IsEmpty()) << line;
  }
}

TEST(ConfigFile, AKeyIsSetOnce) {
  const ParsedFile parsed = parse_config_file("client.threads = 2\n[client]\nthreads = 3\n", "vow.toml");
  ASSERT_THAT(parsed.complaints, SizeIs(1));
  EXPECT_EQ(parsed.complaints[0].where, "vow.toml:3");
  EXPECT_THAT(parsed.complaints[0].why, HasSubstr("vow.toml:1"));
}

}  // namespace
}  // namespace vow::cli
