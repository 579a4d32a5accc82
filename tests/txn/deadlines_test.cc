// Deadlines, marks, and limits.
#include <gmock/gmock.h>

#include "tests/txn/words.h"

namespace vow::txn {
namespace {

using namespace test;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TheDeadline : public ::testing::Test {
 protected:
  Leader leader;
};

TEST_F(TheDeadline, AbortsWhatIsOpen) {
  (void)leader.vote(prep("a"));
  leader.time_is(deadline_ms - 1);
  EXPECT_EQ(leader.state(), "open");
  leader.time_is(well_past_ms);
  EXPECT_EQ(leader.state(), "aborting");
  const auto output = leader.output();
  ASSERT_THAT(output.instruct, SizeIs(1));
  EXPECT_EQ(output.instruct[0].action, Action::rollback);
  ASSERT_THAT(output.settled, SizeIs(1));
  EXPECT_EQ(output.settled[0].answer, rolled_back(Reason::past_deadline, 1));
}

TEST_F(TheDeadline, NeverEndsWhatIsDeciding) {
  (void)leader.vote(prep("a"));
  (void)leader.commit({prep("a")});
  leader.time_is(well_past_ms);
  EXPECT_EQ(leader.state(), "deciding");
  EXPECT_EQ(leader.commit({prep("a")}), pending);
  EXPECT_EQ(leader.rollback(), pending);
  leader.apply_proposals();
  EXPECT_EQ(leader.outcome(prep("a")), committed(1)) << "proposed, it may yet be committed";
}

TEST_F(TheDeadline, AnInstantBeforeItACommitStillCounts) {
  (void)leader.vote(prep("a"));
  leader.time_is(deadline_ms - 1);
  EXPECT_EQ(leader.commit({prep("a")}), pending);
}

TEST_F(TheDeadline, FromItOnACommitIsRefusedThoughNothingHasNoticedItYet) {
  (void)leader.vote(prep("a"));
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.commit({prep("a")}), rolled_back(Reason::past_deadline, 1));
}

TEST_F(TheDeadline, OfManyAreAllNoticedInTime) {
  constexpr std::uint32_t many = 50'000;
  for (std::uint32_t i = 1; i <= many; ++i) {
    Vote vote = leader.vote_of(prep("a"), Ballot::prepared);
    vote.xid = xid_of(i);
    vote.xid.begin_ms += i;
    ASSERT_EQ(leader.table.vote(vote, leader.now_ms + i), taken);
  }
  std::size_t ticks = 0;
  for (; leader.table.count(State::open) > 0 && ticks < 100; ++ticks) leader.time_is(deadline_ms + 2 * many);
  EXPECT_EQ(leader.table.count(State::aborting), many);
  EXPECT_GT(ticks, 1u) << "no single tick does all of it";
}

// --- marks

class AMark : public TheDeadline {};

TEST_F(AMark, IsKeptUntilTheDeadline) {
  (void)leader.rollback();
  leader.time_is(deadline_ms - 1);
  EXPECT_EQ(leader.state(), "aborted");
  leader.time_is(well_past_ms);
  EXPECT_EQ(leader.state(), "unseen");
}

TEST_F(AMark, IsNotDroppedWhileAVoteWouldStillBeTaken) {
  (void)leader.rollback();
  // Through the steps of the deadline's notice, one instant after the other.
  for (std::uint64_t now_ms = deadline_ms - 200; now_ms < deadline_ms + 200; ++now_ms) {
    leader.time_is(now_ms);
    ASSERT_EQ(leader.vote(prep("a")).verdict, Verdict::rolled_back) << now_ms - deadline_ms;
  }
  EXPECT_EQ(leader.state(), "unseen");
}

TEST_F(AMark, WhenItIsGoneEverythingIsRefusedByTheDeadline) {
  (void)leader.rollback();
  leader.time_is(well_past_ms);
  ASSERT_EQ(leader.state(), "unseen");
  EXPECT_EQ(leader.vote(prep("a")), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.commit({prep("a")}), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.outcome(prep("a")), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.state(), "unseen");
}

TEST_F(AMark, OfAnAbortIsKeptUntilTheLastConfirmationEvenPastTheDeadline) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"));
  (void)leader.rollback();
  leader.confirm(prep("a"), Action::rollback);
  leader.time_is(well_past_ms);
  EXPECT_EQ(leader.state(), "aborting");
  EXPECT_EQ(leader.outcome(), rolled_back(Reason::asked, 1));
  leader.confirm(prep("b"), Action::rollback);
  EXPECT_EQ(leader.state(), "unseen");
  const auto settled = leader.output().settled;
  ASSERT_THAT(settled, Not(IsEmpty()));
  EXPECT_TRUE(settled.back().finished);
}

TEST_F(AMark, OfAnAbortIsKeptUntilTheDeadlineEvenPastTheLastConfirmation) {
  (void)leader.vote(prep("a"));
  (void)leader.rollback();
  leader.confirm(prep("a"), Action::rollback);
  EXPECT_EQ(leader.state(), "aborted");
  EXPECT_EQ(leader.vote(prep("a")), rolled_back(Reason::asked));
  leader.time_is(well_past_ms);
  EXPECT_EQ(leader.state(), "unseen");
}

TEST_F(AMark, OfWhatAbortedAtTheDeadlineWithNobodyToTellIsNotKept) {
  (void)leader.vote(prep("a"), Ballot::read_only);
  leader.time_is(well_past_ms);
  EXPECT_EQ(leader.state(), "unseen");
  EXPECT_EQ(leader.output().settled.size(), 1u);
}

TEST_F(AMark, OfAnAbortTakesOnlyConfirmationsOfARollback) {
  (void)leader.vote(prep("a"));
  (void)leader.rollback();
  leader.confirm(prep("a"), Action::commit);
  leader.confirm(prep("a", 2), Action::rollback);
  EXPECT_EQ(leader.outcome(), rolled_back(Reason::asked, 1));
}

// --- limits: over one, new transactions are refused, and nothing changes

Xid other_xid(std::uint32_t nth) { return xid_of(100 + nth); }

void fill_with_open(Leader& leader, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    Vote vote = leader.vote_of(prep("a"), Ballot::prepared);
    vote.xid = other_xid(i);
    ASSERT_EQ(leader.table.vote(vote, leader.now_ms), taken);
  }
}
void fill_with_marks(Leader& leader, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i)
    ASSERT_EQ(leader.table.rollback(other_xid(i), leader.now_ms), rolled_back(Reason::asked));
  (void)leader.output();
}
void expect_nothing_begins(Leader& leader) {
  EXPECT_EQ(leader.vote(prep("a")), overloaded);
  EXPECT_EQ(leader.enlist("a", 11), overloaded);
  EXPECT_EQ(leader.commit({prep("a")}), overloaded);
  EXPECT_EQ(leader.state(), "unseen");
  EXPECT_TRUE(leader.output().empty());
}

TEST(TooManyOpenTransactions, KeepNewOnesFromBeginning) {
  Leader leader({.open_max = 3});
  fill_with_open(leader, 3);
  expect_nothing_begins(leader);
}

TEST(TooManyOpenTransactions, DoNotKeepThoseThatAreThereFromGoingOn) {
  Leader leader({.open_max = 1});
  (void)leader.vote(prep("a"));
  EXPECT_EQ(leader.vote(prep("b")), taken);
  EXPECT_EQ(leader.commit({prep("a"), prep("b")}), pending);
}

TEST(TooManyOpenTransactions, CountWhatIsBeingDecidedAndNotWhatIsDecided) {
  Leader leader({.open_max = 1});
  (void)leader.vote(prep("a"));
  (void)leader.commit({prep("a")});
  Vote vote = leader.vote_of(prep("a"), Ballot::prepared);
  vote.xid = other_xid(0);
  EXPECT_EQ(leader.table.vote(vote, leader.now_ms), overloaded);
  leader.apply_proposals();
  EXPECT_EQ(leader.table.vote(vote, leader.now_ms), taken);
}

TEST(TooManyOpenTransactions, DoNotKeepAnUnseenOneFromBeingRolledBack) {
  Leader leader({.open_max = 1});
  fill_with_open(leader, 1);
  EXPECT_EQ(leader.rollback(), rolled_back(Reason::asked));
}

TEST(TooManyMarks, KeepNewTransactionsFromBeginning) {
  Leader leader({.marks_max = 3});
  fill_with_marks(leader, 3);
  expect_nothing_begins(leader);
}

TEST(TooManyMarks, AreNotEvicted) {
  Leader leader({.marks_max = 3});
  fill_with_marks(leader, 3);
  EXPECT_EQ(leader.rollback(), overloaded);
  EXPECT_EQ(leader.outcome(prep("a")), overloaded) << "a branch in doubt asks again";
  EXPECT_EQ(leader.vote(prep("a"), Ballot::refused), overloaded);
  EXPECT_EQ(leader.state(), "unseen");
  for (std::uint32_t i = 0; i < 3; ++i)
    EXPECT_EQ(leader.table.rollback(other_xid(i), leader.now_ms), rolled_back(Reason::asked));
}

TEST(TooManyMarks, DoNotKeepOpenTransactionsFromEnding) {
  Leader leader({.marks_max = 1});
  (void)leader.vote(prep("a"));
  fill_with_marks(leader, 1);
  EXPECT_EQ(leader.rollback(), rolled_back(Reason::asked, 1));
}

TEST(TooManyMarks, EndWithTheirDeadlines) {
  Leader leader({.marks_max = 1});
  fill_with_marks(leader, 1);
  leader.time_is(well_past_ms);
  leader.xid.begin_ms = well_past_ms;
  EXPECT_EQ(leader.vote(prep("a")), taken);
}

TEST(TooManyUndeliveredDecisions, KeepNewTransactionsFromBeginning) {
  Leader leader({.undelivered_max = 1});
  leader.decide({prep("a")});
  (void)leader.output();
  leader.xid = xid_of(2);
  expect_nothing_begins(leader);
}

TEST(TooManyBranches, AreNotTaken) {
  Leader leader({.branches_max = 2});
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"));
  EXPECT_EQ(leader.vote(prep("c")), invalid(Reason::too_many_branches));
  EXPECT_EQ(leader.enlist("d", 11), invalid(Reason::too_many_branches));
  EXPECT_EQ(leader.vote(prep("a")), taken) << "a repeat is none more";
  EXPECT_EQ(leader.commit({prep("a"), prep("b")}), pending);
}

TEST(TooManyBranches, MayStillRefuse) {
  Leader leader({.branches_max = 1});
  (void)leader.vote(prep("a"));
  EXPECT_EQ(leader.vote(prep("b"), Ballot::refused), rolled_back(Reason::vote_refused, 1));
}

TEST(TooManyResources, KeepNewNamesOutAndNotThoseThatAreKnown) {
  Leader leader({.resources_max = 1});
  leader.decide({prep("a")});
  leader.xid = xid_of(2);
  EXPECT_EQ(leader.vote(prep("a")), taken);
  Vote vote = leader.vote_of(prep("b"), Ballot::prepared);
  vote.resource = "money";
  EXPECT_EQ(leader.table.vote(vote, leader.now_ms), overloaded);
}

}  // namespace
}  // namespace vow::txn
