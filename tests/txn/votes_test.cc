// Votes: how a transaction grows, and what a participant is told.
#include <gmock/gmock.h>

#include "tests/txn/words.h"

namespace vow::txn {
namespace {

using namespace test;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AVote : public ::testing::Test {
 protected:
  Leader leader;
};

TEST_F(AVote, IsTakenAndOpensTheTransaction) {
  EXPECT_EQ(leader.vote(prep("a")), taken);
  EXPECT_EQ(leader.vote(prep("b")), taken);
  EXPECT_EQ(leader.state(), "open");
  EXPECT_TRUE(leader.output().empty()) << "and costs nothing";
}

TEST_F(AVote, IsTakenAgainWhenItIsRepeated) {
  for (const Ballot ballot : {Ballot::prepared, Ballot::read_only}) {
    Leader one;
    (void)one.vote(prep("a"), ballot);
    EXPECT_EQ(one.vote(prep("a"), ballot), taken);
    EXPECT_THAT(one.table.find(one.xid)->branches, SizeIs(1));
  }
}

TEST_F(AVote, OfAnotherNonceOfABranchAlreadyVotedAborts) {
  (void)leader.vote(prep("a", 1));
  EXPECT_EQ(leader.vote(prep("a", 2)), rolled_back(Reason::vote_differs, 1));
  EXPECT_EQ(leader.commit({prep("a", 1)}).verdict, Verdict::rolled_back);
  EXPECT_EQ(leader.commit({prep("a", 2)}).verdict, Verdict::rolled_back);
}

TEST_F(AVote, WithAnotherBallotThanBeforeAborts) {
  (void)leader.vote(prep("a"), Ballot::prepared);
  EXPECT_EQ(leader.vote(prep("a"), Ballot::read_only), rolled_back(Reason::vote_differs, 1));
  Leader other;
  (void)other.vote(prep("a"), Ballot::read_only);
  EXPECT_EQ(other.vote(prep("a"), Ballot::prepared), rolled_back(Reason::vote_differs));
  EXPECT_EQ(other.state(), "aborted");
}

TEST_F(AVote, ThatRefusesAbortsAllOthers) {
  (void)leader.vote(prep("a"));
  EXPECT_EQ(leader.vote(prep("b"), Ballot::refused), rolled_back(Reason::vote_refused, 1));
  const auto instructed = leader.output().instruct;
  ASSERT_THAT(instructed, SizeIs(1));
  EXPECT_EQ(instructed[0].action, Action::rollback);
  EXPECT_EQ(instructed[0].preparation, prep("a"));
}

TEST_F(AVote, ThatRefusesBeforeAnythingElseIsHeardLeavesAMark) {
  EXPECT_EQ(leader.vote(prep("a"), Ballot::refused), rolled_back(Reason::vote_refused));
  EXPECT_EQ(leader.state(), "aborted");
  EXPECT_EQ(leader.vote(prep("b")), rolled_back(Reason::vote_refused));
}

TEST_F(AVote, ThatComesAfterARefusalOfThatBranchIsNotTaken) {
  (void)leader.vote(prep("a"), Ballot::refused);
  EXPECT_EQ(leader.vote(prep("a")).verdict, Verdict::rolled_back);
}

TEST_F(AVote, AfterARollbackIsToldOfIt) {
  (void)leader.rollback();
  EXPECT_EQ(leader.vote(prep("a")), rolled_back(Reason::asked));
}

TEST_F(AVote, WhileDecidingIsPendingForAPreparationOfTheDecision) {
  (void)leader.vote(prep("a"));
  (void)leader.commit({prep("a")});
  EXPECT_EQ(leader.vote(prep("a")), pending);
}

TEST_F(AVote, OfAnotherNonceWhileDecidingIsRolledBackAndChangesNothing) {
  (void)leader.vote(prep("a"));
  (void)leader.commit({prep("a")});
  EXPECT_EQ(leader.vote(prep("a", 2)), rolled_back(Reason::another_preparation));
  EXPECT_EQ(leader.state(), "deciding");
}

TEST_F(AVote, OfABranchThatNobodyNamedWhileDecidingIsRolledBackAndChangesNothing) {
  (void)leader.vote(prep("a"));
  (void)leader.commit({prep("a")});
  EXPECT_EQ(leader.vote(prep("b")), rolled_back(Reason::another_preparation));
  EXPECT_EQ(leader.vote(prep("c"), Ballot::refused), rolled_back(Reason::another_preparation));
  EXPECT_EQ(leader.state(), "deciding");
}

TEST_F(AVote, ThatOnlyReadIsTakenAgainWhileTheOthersAreDecided) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"), Ballot::read_only);
  (void)leader.commit({prep("a"), prep("b")});
  EXPECT_EQ(leader.vote(prep("b"), Ballot::read_only), taken);
  EXPECT_EQ(leader.state(), "deciding");
}

TEST_F(AVote, AfterTheDecisionIsToldWhatBecameOfItsPreparation) {
  leader.decide({prep("a")});
  EXPECT_EQ(leader.vote(prep("a")), committed(1));
  EXPECT_EQ(leader.vote(prep("a", 2)), rolled_back(Reason::another_preparation));
  EXPECT_EQ(leader.vote(prep("b")), rolled_back(Reason::another_preparation));
  EXPECT_EQ(leader.state(), "committing");
}

TEST_F(AVote, PastTheDeadlineIsRolledBackWithoutAMark) {
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.vote(prep("a")), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.vote(prep("b"), Ballot::refused), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.state(), "unseen") << "that reason can never cease";
}

TEST_F(AVote, PastTheDeadlineAbortsWhatIsOpen) {
  (void)leader.vote(prep("a"));
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.vote(prep("a")), rolled_back(Reason::past_deadline, 1));
  EXPECT_EQ(leader.state(), "aborting");
}

TEST_F(AVote, AnInstantBeforeTheDeadlineIsTaken) {
  leader.now_ms = deadline_ms - 1;
  EXPECT_EQ(leader.vote(prep("a")), taken);
}

// --- xids that make no sense are refused without an outcome

TEST_F(AVote, FromTooFarAheadIsInvalid) {
  leader.xid.begin_ms = leader.now_ms + 5'000;
  EXPECT_EQ(leader.vote(prep("a")), taken);
  leader.xid = xid_of(2);
  leader.xid.begin_ms = leader.now_ms + 5'001;
  EXPECT_EQ(leader.vote(prep("a")), invalid(Reason::from_the_future));
  EXPECT_EQ(leader.commit({prep("a")}), invalid(Reason::from_the_future));
  EXPECT_EQ(leader.enlist("a", 1), invalid(Reason::from_the_future));
  EXPECT_EQ(leader.state(), "unseen");
}

TEST_F(AVote, WithATimeoutAboveTheMaximumIsInvalid) {
  leader.xid.timeout_s = OpenOptions().timeout_s_max + 1;
  EXPECT_EQ(leader.vote(prep("a")), invalid(Reason::timeout_too_long));
  leader.xid.timeout_s -= 1;
  EXPECT_EQ(leader.vote(prep("a")), taken);
}

TEST_F(AVote, OfASessionThatWasNeverOpenedIsInvalid) {
  for (const std::uint32_t session : {0u, 10u}) {
    leader.xid.session = session;
    EXPECT_EQ(leader.vote(prep("a")), invalid(Reason::session_unknown)) << session;
  }
  leader.table.sessions_opened(SessionNumber(10));
  EXPECT_EQ(leader.vote(prep("a")), taken);
}

// --- enlistment: a branch that several calls share

class AnEnlistment : public ::testing::Test {
 protected:
  Leader leader;
};

TEST_F(AnEnlistment, IsTakenAndIsTakenAgainWhenItIsRepeated) {
  EXPECT_EQ(leader.enlist("s", 11), taken);
  EXPECT_EQ(leader.enlist("s", 11), taken);
  EXPECT_THAT(leader.table.find(leader.xid)->branches, SizeIs(1));
}

TEST_F(AnEnlistment, NeedsANumber) { EXPECT_EQ(leader.enlist("s", 0), invalid(Reason::not_enlisted)); }

TEST_F(AnEnlistment, OfABranchThatWasLostAndMadeAnewAborts) {
  (void)leader.enlist("s", 11);
  EXPECT_EQ(leader.enlist("s", 12), rolled_back(Reason::enlistment_differs, 1));
}

TEST_F(AnEnlistment, OfABranchThatVotedWithoutOneAborts) {
  (void)leader.vote(prep("s"));
  EXPECT_EQ(leader.enlist("s", 11), rolled_back(Reason::enlistment_differs, 1));
}

TEST_F(AnEnlistment, IsFollowedByAVoteOfTheSameNumber) {
  (void)leader.enlist("s", 11);
  EXPECT_EQ(leader.vote_as_enlisted(prep("s", 4), 11), taken);
  EXPECT_EQ(leader.vote_as_enlisted(prep("s", 4), 11), taken) << "a repeat too";
  EXPECT_EQ(leader.commit({prep("s", 4)}), pending);
  EXPECT_THAT(leader.output().propose, SizeIs(1));
}

TEST_F(AnEnlistment, WhoseVoteComesFromAnotherInstanceAborts) {
  (void)leader.enlist("s", 11);
  EXPECT_EQ(leader.vote_as_enlisted(prep("s", 4), 12).reason, Reason::enlistment_differs);
  Leader other;
  (void)other.enlist("s", 11);
  EXPECT_EQ(other.vote(prep("s", 4)).reason, Reason::enlistment_differs);
}

TEST_F(AnEnlistment, ThatIsNotKnownGivesNoVote) {
  EXPECT_EQ(leader.vote_as_enlisted(prep("s", 4), 11), invalid(Reason::not_enlisted));
  EXPECT_EQ(leader.state(), "unseen");
}

TEST_F(AnEnlistment, ThatIsNotKnownMayStillRefuse) {
  EXPECT_EQ(leader.vote_as_enlisted(prep("s", 4), 11, Ballot::refused), rolled_back(Reason::vote_refused));
}

TEST_F(AnEnlistment, PastTheDeadlineIsRolledBack) {
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.enlist("s", 11), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.state(), "unseen");
  leader.now_ms = begin_ms;
  (void)leader.vote(prep("a"));
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.enlist("s", 11), rolled_back(Reason::past_deadline, 1));
}

TEST_F(AnEnlistment, AfterARollbackIsToldOfIt) {
  (void)leader.rollback();
  EXPECT_EQ(leader.enlist("s", 11), rolled_back(Reason::asked));
}

TEST_F(AnEnlistment, FromCommitOnIsRolledBackUnlessItIsARepeat) {
  (void)leader.enlist("s", 11);
  (void)leader.commit({prep("s", 0)});
  ASSERT_EQ(leader.state(), "preparing");
  EXPECT_EQ(leader.enlist("s", 11), taken);
  EXPECT_EQ(leader.enlist("t", 12), rolled_back(Reason::voted_after_commit));
  EXPECT_EQ(leader.state(), "preparing") << "and aborts nothing";

  (void)leader.vote_as_enlisted(prep("s", 4), 11);
  ASSERT_EQ(leader.state(), "deciding");
  EXPECT_EQ(leader.enlist("s", 11), taken);
  EXPECT_EQ(leader.enlist("s", 12), rolled_back(Reason::voted_after_commit));
  EXPECT_EQ(leader.enlist("t", 12), rolled_back(Reason::voted_after_commit));

  leader.apply_proposals();
  ASSERT_EQ(leader.state(), "committing");
  EXPECT_EQ(leader.enlist("s", 11), taken);
  EXPECT_EQ(leader.enlist("t", 12), rolled_back(Reason::voted_after_commit));
}

TEST_F(AnEnlistment, FromTooFarAheadOrAnUnknownSessionIsInvalid) {
  leader.xid.session = 10;
  EXPECT_EQ(leader.enlist("s", 11), invalid(Reason::session_unknown));
  EXPECT_EQ(leader.state(), "unseen");
}

}  // namespace
}  // namespace vow::txn
