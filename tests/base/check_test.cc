#include "coordinator/base/check.h"

#include <gtest/gtest.h>

#include "coordinator/base/ids.h"
#include "coordinator/base/result.h"

namespace vow {
namespace {

TEST(Check, AFailedCheckStopsTheProcessAndSaysWhatItKnows) {
  EXPECT_DEATH(VOW_CHECK(1 + 1 == 3, "the sum was {}", 1 + 1), "check failed: 1 \\+ 1 == 3: the sum was 2");
}

TEST(Check, AFailedCheckThrowsWhereThatWasAskedFor) {
  EXPECT_EXIT(
      {
        make_checks_throw();
        try {
          VOW_CHECK(false, "caught");
        } catch (const CheckFailed&) {
          std::exit(7);
        }
      },
      testing::ExitedWithCode(7), "");
}

TEST(Result, HoldsAValueOrAnErrorAndNeverBoth) {
  const Result<int, std::string> good = 5;
  const Result<int, std::string> bad = Failure{std::string("no disk")};
  EXPECT_EQ(good.value(), 5);
  EXPECT_EQ(bad.error(), "no disk");
  EXPECT_DEATH((void)bad.value(), "a failed result has no value");
  EXPECT_DEATH((void)good.error(), "a good result has no error");
}

TEST(Number, DifferenceNeverWrapsAround) {
  EXPECT_EQ(Index(3) - Index(5), 0U);
  EXPECT_EQ(Index(5) - Index(3), 2U);
  EXPECT_EQ(Index(0).prev(), Index(0));
}

}  // namespace
}  // namespace vow
