// Commit: exactly these preparations, all voted.
#include <gmock/gmock.h>

#include "tests/txn/words.h"

namespace vow::txn {
namespace {

using namespace test;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ACommit : public ::testing::Test {
 protected:
  // The preparations of the only decision that was proposed.
  std::vector<Preparation> proposed() {
    const auto propose = leader.output().propose;
    EXPECT_THAT(propose, SizeIs(1));
    std::vector<Preparation> preparations;
    for (const Decide& decide : propose) {
      EXPECT_EQ(decide.xid, leader.xid);
      EXPECT_EQ(decide.stamp_ms, leader.now_ms);
      for (const NamedBranch& named : decide.branches) preparations.push_back(named.preparation);
    }
    return preparations;
  }
  void expect_aborted_for(Reason reason, const Answer& answer) {
    EXPECT_EQ(answer.verdict, Verdict::rolled_back);
    EXPECT_EQ(answer.reason, reason);
    EXPECT_THAT(leader.output().propose, IsEmpty());
    EXPECT_EQ(leader.commit({prep("a"), prep("b")}).verdict, Verdict::rolled_back) << "for ever";
  }

  Leader leader;
};

TEST_F(ACommit, OfExactlyWhatVotedProposesExactlyThat) {
  (void)leader.vote(prep("a", 3));
  (void)leader.vote(prep("b", 4));
  EXPECT_EQ(leader.commit({prep("b", 4), prep("a", 3)}), pending);
  EXPECT_EQ(leader.state(), "deciding");
  EXPECT_THAT(proposed(), ::testing::UnorderedElementsAre(prep("a", 3), prep("b", 4)));
}

TEST_F(ACommit, ThatIsRepeatedProposesNothingMore) {
  (void)leader.vote(prep("a"));
  (void)leader.commit({prep("a")});
  (void)proposed();
  EXPECT_EQ(leader.commit({prep("a")}), pending);
  EXPECT_TRUE(leader.output().empty());
}

TEST_F(ACommit, IsAnsweredCommittedOnlyOnceItIsApplied) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"));
  (void)leader.commit({prep("a"), prep("b")});
  leader.apply_proposals();
  EXPECT_EQ(leader.state(), "committing");
  EXPECT_EQ(leader.commit({prep("a"), prep("b")}), committed(2));
}

TEST_F(ACommit, NamingABranchWithoutAVoteAborts) {
  (void)leader.vote(prep("a"));
  expect_aborted_for(Reason::vote_missing, leader.commit({prep("a"), prep("b")}));
}

TEST_F(ACommit, NamingAnotherNonceThanVotedAborts) {
  (void)leader.vote(prep("a", 1));
  expect_aborted_for(Reason::vote_missing, leader.commit({prep("a", 2)}));
}

TEST_F(ACommit, NotNamingAVotedBranchAborts) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"));
  expect_aborted_for(Reason::vote_not_named, leader.commit({prep("a")}));
}

TEST_F(ACommit, ComparesSetsAndNotCounts) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"));
  expect_aborted_for(Reason::vote_missing, leader.commit({prep("a"), prep("c")}));
}

TEST_F(ACommit, NamingOnePreparationTwiceNamesNoOther) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"));
  expect_aborted_for(Reason::vote_not_named, leader.commit({prep("a"), prep("a")}));
}

TEST_F(ACommit, OfNothingWhileSomethingVotedAborts) {
  (void)leader.vote(prep("a"));
  expect_aborted_for(Reason::vote_not_named, leader.commit({}));
}

TEST_F(ACommit, AfterARefusalIsRolledBack) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"), Ballot::refused);
  expect_aborted_for(Reason::vote_refused, leader.commit({prep("a"), prep("b")}));
}

TEST_F(ACommit, AfterARollbackIsRolledBack) {
  (void)leader.vote(prep("a"));
  (void)leader.rollback();
  expect_aborted_for(Reason::asked, leader.commit({prep("a")}));
}

TEST_F(ACommit, PastItsDeadlineAborts) {
  (void)leader.vote(prep("a"));
  leader.now_ms = deadline_ms;
  expect_aborted_for(Reason::past_deadline, leader.commit({prep("a")}));
}

TEST_F(ACommit, OfAnUnseenTransactionLeavesAMark) {
  EXPECT_EQ(leader.commit({prep("a")}), rolled_back(Reason::vote_missing));
  EXPECT_EQ(leader.state(), "aborted");
  EXPECT_EQ(leader.vote(prep("a")).verdict, Verdict::rolled_back) << "a vote that arrives late";
}

TEST_F(ACommit, OfAnUnseenTransactionPastItsDeadlineNeedsNoMark) {
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.commit({prep("a")}), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.commit({}), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.state(), "unseen");
}

// --- nothing to commit

TEST_F(ACommit, OfBranchesThatOnlyReadHasNothingToCommitAndNoRecord) {
  (void)leader.vote(prep("a"), Ballot::read_only);
  (void)leader.vote(prep("b"), Ballot::read_only);
  EXPECT_EQ(leader.commit({prep("a"), prep("b")}), nothing_to_commit);
  const auto output = leader.output();
  EXPECT_THAT(output.propose, IsEmpty());
  EXPECT_THAT(output.instruct, IsEmpty());
  EXPECT_EQ(leader.commit({prep("a"), prep("b")}), nothing_to_commit) << "and so it stays";
  EXPECT_EQ(leader.rollback(), nothing_to_commit);
  EXPECT_EQ(leader.outcome(), nothing_to_commit);
  EXPECT_EQ(leader.outcome(prep("a")), nothing_to_commit);
}

TEST_F(ACommit, OfNoBranchAtAllHasNothingToCommit) { EXPECT_EQ(leader.commit({}), nothing_to_commit); }

TEST_F(ACommit, ThatHadNothingToCommitLeavesAMarkAgainstLateVotes) {
  (void)leader.vote(prep("a"), Ballot::read_only);
  (void)leader.commit({prep("a")});
  EXPECT_EQ(leader.state(), "aborted");
  EXPECT_EQ(leader.vote(prep("b")).verdict, Verdict::rolled_back);
  EXPECT_EQ(leader.commit({prep("a"), prep("b")}), nothing_to_commit);
  EXPECT_THAT(leader.output().propose, IsEmpty());
}

TEST_F(ACommit, NeedNotNameBranchesThatOnlyRead) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"), Ballot::read_only);
  EXPECT_EQ(leader.commit({prep("a")}), pending);
  EXPECT_THAT(proposed(), ::testing::ElementsAre(prep("a")));
}

TEST_F(ACommit, DecidesOnlyTheBranchesThatHaveSomethingToCommit) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"), Ballot::read_only);
  EXPECT_EQ(leader.commit({prep("a"), prep("b")}), pending);
  EXPECT_THAT(proposed(), ::testing::ElementsAre(prep("a")));
}

// --- preparing: branches that were enlisted without a vote

class Preparing : public ACommit {
 protected:
  Preparing() {
    (void)leader.vote(prep("a"));
    (void)leader.enlist("s", 11);
    answer = leader.commit({prep("a"), prep("s", 0)});
  }
  Answer answer;
};

TEST_F(Preparing, TellsTheEnlistedBranchesAloneToPrepare) {
  EXPECT_EQ(answer, pending);
  EXPECT_EQ(leader.state(), "preparing");
  const auto output = leader.output();
  ASSERT_THAT(output.instruct, SizeIs(1));
  EXPECT_EQ(output.instruct[0].action, Action::prepare);
  EXPECT_EQ(output.instruct[0].preparation, prep("s", 0));
  EXPECT_EQ(output.instruct[0].session, SessionNumber(2)) << "the one that enlisted holds the branch";
  EXPECT_THAT(output.propose, IsEmpty());
}

TEST_F(Preparing, DecidesWithTheLastVote) {
  EXPECT_EQ(leader.vote_as_enlisted(prep("s", 4), 11), taken);
  EXPECT_EQ(leader.state(), "deciding");
  EXPECT_THAT(proposed(), ::testing::UnorderedElementsAre(prep("a"), prep("s", 4)));
}

TEST_F(Preparing, WaitsForEveryVote) {
  Leader two;
  (void)two.enlist("s", 11);
  (void)two.enlist("t", 12);
  (void)two.commit({prep("s", 0), prep("t", 0)});
  (void)two.vote_as_enlisted(prep("s", 4), 11);
  EXPECT_EQ(two.state(), "preparing");
  (void)two.vote_as_enlisted(prep("t", 5), 12);
  EXPECT_EQ(two.state(), "deciding");
}

TEST_F(Preparing, TellsItsInitiatorIfThereWasNothingToCommitAfterAll) {
  Leader shared;
  (void)shared.enlist("s", 11);
  (void)shared.commit({prep("s", 0)});
  EXPECT_EQ(shared.vote_as_enlisted(prep("s", 4), 11, Ballot::read_only), taken);
  EXPECT_EQ(shared.commit({prep("s", 0)}), nothing_to_commit);
  const auto settled = shared.output().settled;
  ASSERT_THAT(settled, SizeIs(1));
  EXPECT_EQ(settled[0].answer, nothing_to_commit);
}

TEST_F(Preparing, AbortsIfAVoteRefuses) {
  EXPECT_EQ(leader.vote_as_enlisted(prep("s", 4), 11, Ballot::refused).reason, Reason::vote_refused);
  EXPECT_EQ(leader.state(), "aborting");
}

TEST_F(Preparing, AbortsAtItsDeadline) {
  leader.time_is(well_past_ms);
  EXPECT_EQ(leader.state(), "aborting");
  EXPECT_EQ(leader.outcome(), rolled_back(Reason::past_deadline, 2));
}

TEST_F(Preparing, AbortsWhenItsInitiatorAsksForIt) {
  EXPECT_EQ(leader.rollback(), rolled_back(Reason::asked, 2));
}

TEST_F(Preparing, AbortsIfTheBranchWasLostAndIsMadeAnew) {
  EXPECT_EQ(leader.enlist("s", 12).reason, Reason::enlistment_differs);
  EXPECT_EQ(leader.state(), "aborting");
}

TEST_F(Preparing, TakesNoBranchThatWasNotNamedAndAbortsNothing) {
  EXPECT_EQ(leader.vote(prep("b")), rolled_back(Reason::voted_after_commit));
  EXPECT_EQ(leader.vote(prep("c"), Ballot::refused), rolled_back(Reason::voted_after_commit));
  EXPECT_EQ(leader.state(), "preparing");
}

TEST_F(Preparing, IsPendingForARepeatedCommit) {
  (void)leader.output();
  EXPECT_EQ(leader.commit({prep("s", 0), prep("a")}), pending);
  EXPECT_TRUE(leader.output().empty()) << "nobody is told twice";
}

TEST_F(Preparing, ACommitOfOtherPreparationsIsInvalidAndChangesNothing) {
  EXPECT_EQ(leader.commit({prep("a")}), invalid(Reason::names_differ));
  EXPECT_EQ(leader.commit({prep("a"), prep("s", 0), prep("b")}), invalid(Reason::names_differ));
  EXPECT_EQ(leader.state(), "preparing");
  (void)leader.vote_as_enlisted(prep("s", 4), 11);
  EXPECT_EQ(leader.state(), "deciding");
}

TEST_F(Preparing, TheOutcomeIsOpen) {
  EXPECT_EQ(leader.outcome(), open);
  EXPECT_EQ(leader.outcome(prep("a")), open);
}

TEST_F(Preparing, ABranchThatDidNotEnlistIsNotNamedWithoutItsNonce) {
  Leader other;
  (void)other.vote(prep("a"));
  EXPECT_EQ(other.commit({prep("a", 0)}).reason, Reason::vote_missing);
}

}  // namespace
}  // namespace vow::txn
