// Everything that has a name in an answer has an explanation.
#include "coordinator/cli/explain.h"

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vow::cli {
namespace {

using testing::IsEmpty;
using testing::Not;

// Of the participant SDK, as its sources have them. Runs at the root of the repository.
std::set<std::string> codes_in(const std::string& folder) {
  const std::regex code("VOW-5[0-2][0-9]{2}");
  std::set<std::string> codes;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ostringstream text;
    text << std::ifstream(file.path()).rdbuf();
    const std::string content = text.str();
    for (std::sregex_iterator each(content.begin(), content.end(), code), end; each != end; ++each)
      codes.insert(each->str());
  }
  return codes;
}

TEST(Explain, EveryReasonHasACode) {
  // name() says `none` of numbers that are no reasons.
  std::size_t reasons = 0;
  for (int number = 1; number < 100; ++number) {
    const auto reason = static_cast<txn::Reason>(number);
    if (txn::name(reason) == txn::name(txn::Reason::none)) continue;
    ++reasons;
    const Explanation* entry = find_explanation(code_of(reason));
    ASSERT_NE(entry, nullptr) << txn::name(reason);
    EXPECT_EQ(entry->name, txn::name(reason));
  }
  EXPECT_GE(reasons, 18u);
}

TEST(Explain, EveryProblemHasACode) {
  for (int number = 1; number <= static_cast<int>(dispatch::Problem::Code::unknown); ++number) {
    const auto problem = static_cast<dispatch::Problem::Code>(number);
    const Explanation* entry = find_explanation(code_of(problem));
    ASSERT_NE(entry, nullptr) << dispatch::name(problem);
    EXPECT_EQ(entry->name, dispatch::name(problem));
  }
}

TEST(Explain, EveryCodeOfTheParticipantSdkIsExplained) {
  const std::set<std::string> codes = codes_in("participant-sdk");
  EXPECT_THAT(codes, Not(IsEmpty()));
  for (const std::string& code : codes)
    EXPECT_NE(find_explanation(code), nullptr) << code << " is not explained";
}

TEST(Explain, VerdictsThatSpeakForThemselvesHaveNone) {
  EXPECT_EQ(code_of(txn::Verdict::committed), "");
  EXPECT_EQ(code_of(txn::Verdict::forgotten), "VOW-2004");
}

TEST(Explain, CodesAscendAndAreNeverUsedTwice) {
  std::string_view last;
  for (const Explanation& each : explanations()) {
    EXPECT_LT(last, each.code);
    last = each.code;
    EXPECT_THAT(each.meaning, Not(IsEmpty())) << each.code;
    EXPECT_THAT(each.why, Not(IsEmpty())) << each.code;
    EXPECT_THAT(each.todo, Not(IsEmpty())) << each.code;
  }
}

TEST(Explain, IsAskedByCodeOrByName) {
  const Explanation* refused = find_explanation("VOW-2103");
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->name, "vote_refused");
  EXPECT_EQ(find_explanation("vow-2103"), refused);
  EXPECT_EQ(find_explanation("2103"), refused);
  EXPECT_EQ(find_explanation("vote_refused"), refused);
  EXPECT_EQ(find_explanation("VOW-9999"), nullptr);
}

}  // namespace
}  // namespace vow::cli
