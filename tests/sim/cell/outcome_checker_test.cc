#include "tests/sim/cell/outcome_checker.h"

#include <gtest/gtest.h>

#include "tests/sim/cell/words.h"
#include "tests/sim/violation.h"

namespace vow::sim::cell {
namespace {

using test::decide;
using test::key_of;
using test::preparation;
using test::xid_of;
using txn::Answer;
using txn::Reason;
using txn::Verdict;

class TheOutcomeChecker : public ::testing::Test {
 protected:
  void apply(const std::string& command, Term term = test::term) {
    checker.applying({Index(++index_), term}, command);
  }
  void decided() { apply(decide(xid_of(), {preparation("a"), preparation("b")})); }
  void told(const Answer& answer, const std::optional<txn::Preparation>& of = {}) {
    checker.told(NodeId(1), xid_of(), of, answer);
  }

  World world{draw_options(1), nullptr};
  OutcomeChecker checker{world, test::cell};

 private:
  std::uint64_t index_ = 0;
};

const Answer committed{Verdict::committed};
const Answer rolled_back{Verdict::rolled_back, Reason::asked};

TEST_F(TheOutcomeChecker, BelievesTheFirstDecisionOfTheXidsOwnTermAndCell) {
  apply(decide(xid_of(), {preparation("a")}), test::term.next());
  EXPECT_EQ(checker.decision(xid_of()), nullptr);
  txn::Xid foreign = xid_of();
  ++foreign.incarnation;
  apply(decide(foreign, {preparation("a")}));
  EXPECT_EQ(checker.decision(foreign), nullptr);
  decided();
  apply(decide(xid_of(), {preparation("c")}));
  ASSERT_NE(checker.decision(xid_of()), nullptr);
  EXPECT_EQ(checker.decision(xid_of())->branches.size(), 2u);
}

TEST_F(TheOutcomeChecker, WantsADecisionBehindEveryCommitted) {
  EXPECT_THROW(told(committed), Violation);
  decided();
  EXPECT_NO_THROW(told(committed));
  EXPECT_NO_THROW(told(committed, preparation("a")));
  EXPECT_THROW(told(committed, preparation("a", 2)), Violation)
      << "it names another preparing of that branch";
}

TEST_F(TheOutcomeChecker, WantsNoDecisionAfterRolledBack) {
  told(rolled_back);
  EXPECT_THROW(decided(), Violation);
}

TEST_F(TheOutcomeChecker, WantsNoRolledBackAfterTheDecision) {
  decided();
  EXPECT_THROW(told(rolled_back), Violation);
  EXPECT_THROW(told({Verdict::nothing_to_commit}), Violation);
  EXPECT_THROW(told({Verdict::rolled_back, Reason::another_preparation}, preparation("a")), Violation);
}

TEST_F(TheOutcomeChecker, LetsATransactionCommitWithoutOnePreparation) {
  told({Verdict::rolled_back, Reason::another_preparation}, preparation("a", 2));
  EXPECT_NO_THROW(decided());
  EXPECT_NO_THROW(told({Verdict::rolled_back, Reason::another_preparation}, preparation("b", 9)));
}

TEST_F(TheOutcomeChecker, HoldsADecisionAgainstAPreparationThatWasToldToRollBack) {
  told({Verdict::rolled_back, Reason::voted_after_commit}, preparation("b"));
  EXPECT_THROW(decided(), Violation);
}

TEST_F(TheOutcomeChecker, TakesNothingToCommitAndRolledBackForTheSameEnd) {
  told({Verdict::nothing_to_commit});
  EXPECT_NO_THROW(told({Verdict::rolled_back, Reason::earlier_term}));
}

TEST_F(TheOutcomeChecker, WantsDatabasesToCommitExactlyWhatIsNamed) {
  EXPECT_THROW(checker.branch_ends(key_of("a"), true, false), Violation) << "undecided";
  decided();
  EXPECT_NO_THROW(checker.branch_ends(key_of("a"), true, false));
  EXPECT_THROW(checker.branch_ends(key_of("a", 2), true, false), Violation) << "not named";
  EXPECT_THROW(checker.branch_ends(key_of("b"), false, false), Violation) << "named, and rolled back";
  EXPECT_THROW(checker.branch_ends(key_of("a"), true, true), Violation) << "it had been rolled back";
}

TEST_F(TheOutcomeChecker, HoldsADecisionAgainstADatabaseThatRolledBack) {
  checker.branch_ends(key_of("a"), false, false);
  EXPECT_THROW(decided(), Violation);
}

TEST_F(TheOutcomeChecker, AllowsWhatAnOperatorForcedAndNothingElse) {
  decided();
  apply(machine::encode(txn::Force{0, xid_of(), preparation("a").branch, false, "who", "why"}));
  EXPECT_NO_THROW(checker.branch_ends(key_of("a"), false, false));
  EXPECT_THROW(checker.branch_ends(key_of("b"), false, false), Violation);
  checker.durably_committed(key_of("b"));
  EXPECT_NO_THROW(checker.check_end());
}

TEST_F(TheOutcomeChecker, WantsAllBranchesDurableBeforeADecisionFinishes) {
  decided();
  checker.durably_committed(key_of("a"));
  EXPECT_THROW(apply(machine::encode(txn::Finish{0, {xid_of()}})), Violation);
}

TEST_F(TheOutcomeChecker, WantsEverythingDecidedToBeCommittedInTheEnd) {
  decided();
  checker.durably_committed(key_of("a"));
  EXPECT_THROW(checker.check_end(), Violation);
  EXPECT_THROW(checker.told_all_done(NodeId(1), xid_of()), Violation);
  checker.durably_committed(key_of("b"));
  EXPECT_NO_THROW(checker.check_end());
  EXPECT_NO_THROW(checker.told_all_done(NodeId(1), xid_of()));
}

TEST_F(TheOutcomeChecker, ComparesWhatAnInitiatorNamedWithWhatWasDecided) {
  EXPECT_THROW(checker.acknowledged(xid_of(), {preparation("a")}), Violation) << "undecided";
  decided();
  EXPECT_NO_THROW(checker.acknowledged(xid_of(), {preparation("b"), preparation("a")}));
  EXPECT_NO_THROW(checker.acknowledged(xid_of(), {preparation("a"), preparation("b", 0)}))
      << "a shared branch is named without its nonce";
  EXPECT_THROW(checker.acknowledged(xid_of(), {preparation("a")}), Violation);
  EXPECT_THROW(checker.acknowledged(xid_of(), {preparation("a"), preparation("b", 2)}), Violation);
}

TEST_F(TheOutcomeChecker, WantsCommandsToFollowDecisions) {
  EXPECT_THROW(checker.commanded(key_of("a"), txn::Action::commit), Violation);
  EXPECT_NO_THROW(checker.commanded(key_of("a"), txn::Action::rollback));
  decided();
  EXPECT_NO_THROW(checker.commanded(key_of("a"), txn::Action::commit));
  EXPECT_THROW(checker.commanded(key_of("a"), txn::Action::rollback), Violation);
}

TEST_F(TheOutcomeChecker, LetsOnlyTheInvolvedSettleWhatIsUnseen) {
  EXPECT_THROW(told({Verdict::rolled_back, Reason::outcome_asked}), Violation);
  checker.asked_involved(xid_of());
  EXPECT_NO_THROW(told({Verdict::rolled_back, Reason::outcome_asked}));
}

TEST_F(TheOutcomeChecker, WantsNothingSaidOfOtherCells) {
  txn::Xid foreign = xid_of();
  ++foreign.cell;
  EXPECT_NO_THROW(checker.told(NodeId(1), foreign, {}, {Verdict::not_ours}));
  EXPECT_THROW(checker.told(NodeId(1), foreign, {}, rolled_back), Violation);
  EXPECT_THROW(told({Verdict::not_ours}), Violation) << "of its own cell";
}

TEST_F(TheOutcomeChecker, WantsNothingForgottenThatIsYoungerThanTheHorizon) {
  EXPECT_THROW(told({Verdict::forgotten}), Violation);
  apply(machine::encode(txn::Advance{xid_of().deadline_ms() + 7'200'000, xid_of().deadline_ms() + 1}));
  EXPECT_NO_THROW(told({Verdict::forgotten}));
}

TEST_F(TheOutcomeChecker, WantsADecisionBehindEveryBit) {
  const Answer only_bit{Verdict::forgotten, Reason::only_bit_left};
  EXPECT_THROW(told(only_bit, preparation("a")), Violation);
  decided();
  EXPECT_NO_THROW(told(only_bit, preparation("a")));
}

}  // namespace
}  // namespace vow::sim::cell
