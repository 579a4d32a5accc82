#include "coordinator/txn/decisions.h"

#include <gtest/gtest.h>

#include "tests/txn/words.h"

namespace vow::txn {
namespace {

using namespace test;

constexpr std::uint64_t hour_ms = 3'600'000;
// The first second at which a decision may be dropped has begun for certain.
constexpr std::uint64_t grace_past_ms = deadline_ms + 60'000 + 1'000;

class TheDecisions : public ::testing::Test {
 protected:
  TheDecisions() { decisions.found(cell, incarnation); }
  ~TheDecisions() override { decisions.check_invariants(); }

  Decisions::Taken decide(const Xid& xid, Term entry_term = Term(term)) {
    return decisions.decide(decide_of(xid, {prep("a"), prep("b")}), entry_term);
  }
  void finish(const Xid& xid) { decisions.finish({.stamp_ms = begin_ms, .xids = {xid}}); }
  void advance(std::uint64_t stamp_ms, std::uint64_t horizon_ms = 0) {
    decisions.advance({.stamp_ms = stamp_ms, .horizon_ms = horizon_ms});
  }
  bool force(const Xid& xid, std::string_view name, bool committed = true) {
    return decisions.force({begin_ms + 7, xid, branch(name), committed, "ann", "the database is gone"});
  }

  Decisions decisions;
};

// --- what counts

TEST_F(TheDecisions, HoldExactlyThePreparationsThatWereProposed) {
  EXPECT_EQ(decide(xid_of()), Decisions::Taken::now);
  const Decision* decision = decisions.find(xid_of());
  ASSERT_NE(decision, nullptr);
  EXPECT_EQ(decision->branches.size(), 2u);
  EXPECT_TRUE(decision->names(prep("a")));
  EXPECT_TRUE(decision->names(prep("b")));
  EXPECT_FALSE(decision->names(prep("a", 2))) << "another nonce is another preparation";
  EXPECT_FALSE(decision->names(prep("c")));
  EXPECT_EQ(decisions.resources().name(decision->branches[0].resource), "stock");
  EXPECT_FALSE(decision->is_finished());
}

TEST_F(TheDecisions, OfAnotherTermThanTheirEntryAreIgnored) {
  EXPECT_EQ(decide(xid_of(), Term(term + 1)), Decisions::Taken::ignored) << "left over by a deposed leader";
  EXPECT_EQ(decide(xid_of(), Term(term - 1)), Decisions::Taken::ignored);
  EXPECT_EQ(decisions.find(xid_of()), nullptr);
  EXPECT_EQ(decide(xid_of()), Decisions::Taken::now) << "and keep nobody from the true one";
}

TEST_F(TheDecisions, OfAnotherCellOrIncarnationAreIgnored) {
  Xid other = xid_of();
  other.cell = cell + 1;
  EXPECT_EQ(decide(other), Decisions::Taken::ignored);
  other = xid_of();
  other.incarnation = incarnation + 1;
  EXPECT_EQ(decide(other), Decisions::Taken::ignored);
  EXPECT_EQ(decisions.size(), 0u);
}

TEST_F(TheDecisions, OfAnAdoptedIncarnationCount) {
  decisions.found(cell, incarnation + 1);
  Xid restored = xid_of(2);
  restored.incarnation = incarnation + 1;
  EXPECT_EQ(decide(xid_of()), Decisions::Taken::now) << "as before the restore";
  EXPECT_EQ(decide(restored), Decisions::Taken::now);
  EXPECT_EQ(decisions.incarnation(), incarnation + 1) << "of what begins now";
}

TEST_F(TheDecisions, CannotBeFoundedAsAnotherCell) {
  make_checks_throw();
  EXPECT_THROW(decisions.found(cell + 1, incarnation), CheckFailed);
}

TEST_F(TheDecisions, NothingIsOursBeforeTheCellIsFounded) {
  Decisions none;
  EXPECT_FALSE(none.is_ours(xid_of()));
  EXPECT_FALSE(none.is_ours(Xid()));
  EXPECT_EQ(none.decide(decide_of(xid_of(), {prep("a")}), Term(term)), Decisions::Taken::ignored);
}

TEST_F(TheDecisions, TheFirstOneForAnXidCounts) {
  (void)decide(xid_of());
  EXPECT_EQ(decisions.decide(decide_of(xid_of(), {prep("a", 2)}), Term(term)), Decisions::Taken::before);
  EXPECT_TRUE(decisions.find(xid_of())->names(prep("a")));
  EXPECT_FALSE(decisions.find(xid_of())->names(prep("a", 2)));
}

TEST_F(TheDecisions, ASecondOneDoesNotCountEvenWhenOnlyTheBitIsLeft) {
  (void)decide(xid_of());
  finish(xid_of());
  advance(grace_past_ms);
  ASSERT_EQ(decisions.find(xid_of()), nullptr);
  EXPECT_EQ(decisions.decide(decide_of(xid_of(), {prep("a", 2)}), Term(term)), Decisions::Taken::before);
  EXPECT_EQ(decisions.find(xid_of()), nullptr);
}

// --- finishing and dropping

TEST_F(TheDecisions, UnfinishedOnesAreNeverDropped) {
  (void)decide(xid_of());
  advance(grace_past_ms + 1'000 * hour_ms, ~std::uint64_t{0});
  ASSERT_NE(decisions.find(xid_of()), nullptr);
  EXPECT_EQ(decisions.unfinished(), 1u);
  EXPECT_FALSE(decisions.has_droppable(~std::uint64_t{0} / 2));
}

TEST_F(TheDecisions, FinishedOnesStayUntilTheirDeadlineAndAGraceHavePassed) {
  (void)decide(xid_of());
  finish(xid_of());
  EXPECT_EQ(decisions.unfinished(), 0u);
  EXPECT_FALSE(decisions.has_droppable(deadline_ms + 60'000));
  advance(deadline_ms + 60'000);
  EXPECT_NE(decisions.find(xid_of()), nullptr);
  EXPECT_TRUE(decisions.has_droppable(grace_past_ms));
  advance(grace_past_ms);
  EXPECT_EQ(decisions.find(xid_of()), nullptr);
}

TEST_F(TheDecisions, ADroppedOneHasLeftItsBitAndOnlyThen) {
  (void)decide(xid_of());
  finish(xid_of());
  EXPECT_FALSE(decisions.has_bit(xid_of()));
  advance(grace_past_ms);
  EXPECT_TRUE(decisions.has_bit(xid_of()));
  EXPECT_FALSE(decisions.has_bit(xid_of(2)));
}

TEST_F(TheDecisions, ATimeThatAnyCommandToldCountsForDropping) {
  (void)decide(xid_of());
  finish(xid_of());
  decisions.finish({.stamp_ms = grace_past_ms, .xids = {}});
  EXPECT_NE(decisions.find(xid_of()), nullptr) << "only an advance drops";
  advance(begin_ms);
  EXPECT_EQ(decisions.find(xid_of()), nullptr) << "time does not go back";
}

TEST_F(TheDecisions, FinishingTwiceOrWhatIsNotThereDoesNothing) {
  (void)decide(xid_of(1));
  (void)decide(xid_of(2));
  finish(xid_of(1));
  const std::uint64_t digest = decisions.digest();
  finish(xid_of(1));
  finish(xid_of(99));
  EXPECT_EQ(decisions.digest(), digest);
  EXPECT_EQ(decisions.unfinished(), 1u);
}

TEST_F(TheDecisions, OneAdvanceDropsABoundedNumberTheFirstToFinishFirst) {
  constexpr std::uint32_t many = 10'000;
  for (std::uint32_t i = 0; i < many; ++i) (void)decide(xid_of(i));
  for (std::uint32_t i = many; i-- > 0;) finish(xid_of(i));
  advance(grace_past_ms);
  const std::size_t dropped = many - decisions.size();
  EXPECT_GT(dropped, 1'000u);
  EXPECT_LT(dropped, 5'000u);
  EXPECT_TRUE(decisions.has_bit(xid_of(many - 1)));
  EXPECT_FALSE(decisions.has_bit(xid_of(0)));
  while (decisions.has_droppable(grace_past_ms)) advance(grace_past_ms);
  EXPECT_EQ(decisions.size(), 0u);
  EXPECT_TRUE(decisions.has_bit(xid_of(0)));
}

// --- the horizon

TEST_F(TheDecisions, TheHorizonStaysAnHourBehindTheTime) {
  advance(begin_ms, begin_ms);
  EXPECT_EQ(decisions.horizon_ms(), begin_ms - hour_ms);
  advance(begin_ms + 5, begin_ms - 2 * hour_ms);
  EXPECT_EQ(decisions.horizon_ms(), begin_ms - hour_ms) << "and only rises";
}

TEST_F(TheDecisions, ABitGoesWhenTheHorizonIsBeyondItsDeadlineAndNotBefore) {
  (void)decide(xid_of());
  finish(xid_of());
  advance(deadline_ms + hour_ms, deadline_ms);
  EXPECT_TRUE(decisions.has_bit(xid_of()));
  advance(deadline_ms + hour_ms + 1, deadline_ms + 1);
  EXPECT_FALSE(decisions.has_bit(xid_of()));
  EXPECT_GT(decisions.horizon_ms(), xid_of().deadline_ms());
}

TEST_F(TheDecisions, TheHorizonIsWantedHigherOnlyWhenTheBitsOutgrowTheirBudget) {
  for (std::uint32_t i = 0; i < 10; ++i) {
    Xid xid = xid_of(i * CommittedBits::chunk_bits);
    xid.begin_ms += i * 1'000;
    (void)decide(xid);
    finish(xid);
  }
  advance(grace_past_ms + 2 * hour_ms);
  EXPECT_FALSE(decisions.wanted_horizon(decisions.bit_bytes()));
  const auto wanted = decisions.wanted_horizon(decisions.bit_bytes() - 1);
  ASSERT_TRUE(wanted);
  const std::size_t before = decisions.bit_bytes();
  advance(decisions.time_ms(), *wanted);
  EXPECT_LT(decisions.bit_bytes(), before);
  EXPECT_GT(decisions.bit_bytes(), 0u);
}

TEST_F(TheDecisions, TheHorizonIsWantedHigherOnlyByAMinuteOrMore) {
  (void)decide(xid_of());
  finish(xid_of());
  advance(deadline_ms + hour_ms + 60'000, deadline_ms - 59'999);
  ASSERT_GT(decisions.bit_bytes(), 0u);
  EXPECT_FALSE(decisions.wanted_horizon(0)) << "raising it takes time further, which would raise it again";
}

TEST_F(TheDecisions, NoHorizonIsWantedThatWouldComeNearerThanAnHour) {
  (void)decide(xid_of());
  finish(xid_of());
  advance(grace_past_ms);
  ASSERT_GT(decisions.bit_bytes(), 0u);
  const auto wanted = decisions.wanted_horizon(0);
  EXPECT_LE(wanted.value_or(0), decisions.time_ms() - hour_ms);
}

// --- what operators do

TEST_F(TheDecisions, AForcedBranchIsShownWithWhoWhenAndWhyAndChangesNoDecision) {
  (void)decide(xid_of());
  EXPECT_TRUE(force(xid_of(), "a", false));
  const std::vector<Forced>* forced = decisions.forced(xid_of());
  ASSERT_NE(forced, nullptr);
  const Forced expected{branch("a"), false, begin_ms + 7, "ann", "the database is gone"};
  EXPECT_EQ(*forced, std::vector{expected});
  EXPECT_TRUE(decisions.find(xid_of())->names(prep("a"))) << "it stays committed";
  EXPECT_FALSE(decisions.find(xid_of())->is_finished());
}

TEST_F(TheDecisions, TheFirstWordOnABranchCounts) {
  (void)decide(xid_of());
  (void)force(xid_of(), "a", false);
  EXPECT_TRUE(force(xid_of(), "a", true));
  EXPECT_EQ(decisions.forced(xid_of())->size(), 1u);
  EXPECT_FALSE(decisions.forced(xid_of())->front().committed);
}

TEST_F(TheDecisions, WhatAnOperatorDidGoesWithTheDecision) {
  (void)decide(xid_of());
  (void)force(xid_of(), "a");
  finish(xid_of());
  advance(grace_past_ms);
  EXPECT_EQ(decisions.forced(xid_of()), nullptr);
}

TEST_F(TheDecisions, OnlyABranchOnRecordCanBeForced) {
  EXPECT_FALSE(force(xid_of(), "a"));
  (void)decide(xid_of());
  EXPECT_FALSE(force(xid_of(), "z"));
  EXPECT_EQ(decisions.forced(xid_of()), nullptr);
}

}  // namespace
}  // namespace vow::txn
