#include "tests/sim/ledger.h"

#include <gtest/gtest.h>

#include "tests/sim/violation.h"

namespace vow::sim {
namespace {

constexpr storage::LogPosition here{Index(5), Term(2)};
constexpr storage::LogPosition there{Index(6), Term(2)};

TEST(Ledger, EveryReplicaMayApplyACommandAtItsPlace) {
  Ledger ledger;
  const auto attempt = ledger.begin();
  ledger.applied(attempt, here);
  ledger.applied(attempt, here);
  ledger.done(attempt, here);
  EXPECT_TRUE(ledger.was_applied(attempt));
}

TEST(Ledger, ACommandAtTwoPlacesIsAViolation) {
  Ledger ledger;
  const auto attempt = ledger.begin();
  ledger.applied(attempt, here);
  EXPECT_THROW(ledger.applied(attempt, there), Violation);
}

TEST(Ledger, ARefusedCommandInTheLogIsAViolationWhicheverComesFirst) {
  Ledger early, late;
  const auto first = early.begin(), second = late.begin();
  early.refused(first);
  EXPECT_THROW(early.applied(first, here), Violation);
  late.applied(second, here);
  EXPECT_THROW(late.refused(second), Violation);
}

TEST(Ledger, DoneMeansAppliedWhereTheAnswerSays) {
  Ledger ledger;
  const auto attempt = ledger.begin();
  EXPECT_THROW(ledger.done(attempt, here), Violation);
  ledger.applied(attempt, here);
  EXPECT_THROW(ledger.done(attempt, there), Violation);
}

TEST(Ledger, ACommandThatNobodySentIsAViolation) {
  Ledger ledger;
  EXPECT_THROW(ledger.applied(1, here), Violation);
}

}  // namespace
}  // namespace vow::sim
