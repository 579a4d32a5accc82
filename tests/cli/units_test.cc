// How people write durations, sizes and addresses, and how they misspell words.
#include "coordinator/cli/units.h"

#include <gtest/gtest.h>

#include "coordinator/base/endpoint.h"
#include "coordinator/cli/nearest.h"

namespace vow::cli {
namespace {

TEST(Durations, HaveAUnit) {
  EXPECT_EQ(parse_duration_ms("250ms"), 250u);
  EXPECT_EQ(parse_duration_ms("10s"), 10'000u);
  EXPECT_EQ(parse_duration_ms("2m"), 120'000u);
  EXPECT_EQ(parse_duration_ms("24h"), 86'400'000u);
  EXPECT_EQ(parse_duration_ms("1d"), 86'400'000u);
  EXPECT_EQ(parse_duration_ms("0"), 0u);
}

TEST(Durations, OfOtherFormsAreRefused) {
  for (const char* text : {"", "10", "s", "10 s", "-1s", "1.5s", "10S", "10sec", "99999999999999999999ms",
                           "9999999999999999999h"})
    EXPECT_EQ(parse_duration_ms(text), std::nullopt) << text;
}

TEST(Sizes, CountInThousandsOrIn1024) {
  EXPECT_EQ(parse_size_bytes("512"), 512u);
  EXPECT_EQ(parse_size_bytes("64MB"), 64'000'000u);
  EXPECT_EQ(parse_size_bytes("64MiB"), 67'108'864u);
  EXPECT_EQ(parse_size_bytes("1GiB"), 1'073'741'824u);
}

TEST(Sizes, OfOtherFormsAreRefused) {
  for (const char* text : {"", "MB", "64 MB", "64mb", "-1", "1e3", "99999999999TiB"})
    EXPECT_EQ(parse_size_bytes(text), std::nullopt) << text;
}

TEST(Units, AreWrittenAsTheyAreRead) {
  for (const std::uint64_t number : {0ull, 1ull, 999ull, 1000ull, 60'000ull, 90'000ull, 86'400'000ull}) {
    EXPECT_EQ(parse_duration_ms(format_duration(number)), number);
    EXPECT_EQ(parse_size_bytes(format_size(number)), number);
  }
  EXPECT_EQ(format_duration(90'000), "90s");
  EXPECT_EQ(format_size(64u << 20), "64MiB");
}

TEST(Units, AreRoundedForPeople) {
  EXPECT_EQ(about(999), "999ms");
  EXPECT_EQ(about(3450), "3.5s");
  EXPECT_EQ(about(59'900), "59s");
  EXPECT_EQ(about(130'000), "2m 10s");
  EXPECT_EQ(about(7'500'000), "2h 5m");
  EXPECT_EQ(about(200'000'000), "2d 7h");
}

TEST(Endpoints, AreHostAndPort) {
  EXPECT_EQ(parse_endpoint("node-a:7401"), (Endpoint{"node-a", 7401}));
  EXPECT_EQ(parse_endpoint("[::1]:7480"), (Endpoint{"::1", 7480}));
  EXPECT_EQ(to_string(Endpoint{"::1", 7480}), "[::1]:7480");
  EXPECT_EQ(to_string(Endpoint{}), "");
}

TEST(Endpoints, OfOtherFormsAreRefused) {
  for (const char* text :
       {"", "node", ":7400", "node:", "node:x", "node:65536", "::1:7480", "http://node:7480"})
    EXPECT_EQ(parse_endpoint(text), std::nullopt) << text;
}

TEST(Endpoints, ComeInLists) {
  EXPECT_EQ(parse_endpoints(""), std::vector<Endpoint>{});
  EXPECT_EQ(parse_endpoints("a:1, b:2"), (std::vector<Endpoint>{{"a", 1}, {"b", 2}}));
  EXPECT_EQ(parse_endpoints("a:1,"), std::nullopt);
}

TEST(Nearest, IsTheWordWithTheFewestEdits) {
  EXPECT_EQ(edits_between("lisen", "listen"), 1u);
  EXPECT_EQ(edits_between("", "abc"), 3u);
  EXPECT_EQ(edits_between("kitten", "sitting"), 3u);
  EXPECT_EQ(nearest("statu", {"start", "status", "stop"}), "status");
  EXPECT_EQ(nearest("x", {}), "");
}

}  // namespace
}  // namespace vow::cli
