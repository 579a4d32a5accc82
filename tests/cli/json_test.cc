// What a node answers is read strictly: a member of another kind is no member.
#include "coordinator/cli/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vow::cli {
namespace {

using testing::SizeIs;

const Json answer =
    Json::parse(R"({"text":"a","number":18446744073709551615,"truth":true,"list":[{"x":"1"},{"x":"2"}],
  "nothing":null,"negative":-1,"fraction":1.5})");

TEST(Json, HasMembersByKind) {
  EXPECT_EQ(answer.text("text"), "a");
  EXPECT_EQ(answer.number("number"), 18446744073709551615ull);
  EXPECT_TRUE(answer.truth("truth"));
  ASSERT_THAT(answer.list("list"), SizeIs(2));
  EXPECT_EQ(answer.list("list")[1].text("x"), "2");
}

TEST(Json, RefusesAMemberOfAnotherKindOrNone) {
  for (const char* name : {"number", "truth", "list", "nothing", "missing"})
    EXPECT_THROW(static_cast<void>(answer.text(name)), NotUnderstood) << name;
  for (const char* name : {"text", "truth", "list", "nothing", "missing", "negative", "fraction"})
    EXPECT_THROW(static_cast<void>(answer.number(name)), NotUnderstood) << name;
  for (const char* name : {"text", "number", "list", "nothing", "missing"})
    EXPECT_THROW(static_cast<void>(answer.truth(name)), NotUnderstood) << name;
  for (const char* name : {"text", "number", "truth", "nothing", "missing"})
    EXPECT_THROW(static_cast<void>(answer.list(name)), NotUnderstood) << name;
}

TEST(Json, TakesIdsAsTextOrNumberAndNullForNone) {
  EXPECT_EQ(answer.text_or_number("number"), "18446744073709551615");
  EXPECT_EQ(answer.text_or_number("text"), "a");
  EXPECT_EQ(answer.text_or_number("nothing") + answer.text_or_number("missing"), "");
  EXPECT_EQ(answer.number_or_0("nothing") + answer.number_or_0("missing"), 0u);
  EXPECT_THROW(static_cast<void>(answer.text_or_number("list")), NotUnderstood);
}

TEST(Json, RefusesWhatIsNoObject) {
  EXPECT_THROW(static_cast<void>(Json::parse("<html>")), NotUnderstood);
  EXPECT_THROW(static_cast<void>(Json::parse("")), NotUnderstood);
  EXPECT_THROW(static_cast<void>(Json::parse("[]").text("x")), NotUnderstood);
}

TEST(Json, IsWrittenInTheOrderInWhichItWasRead) {
  EXPECT_EQ(Json::parse(R"({"b":1,"a":2})").pretty(), "{\n  \"b\": 1,\n  \"a\": 2\n}");
}

}  // namespace
}  // namespace vow::cli
