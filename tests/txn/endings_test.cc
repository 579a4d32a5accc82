// Rollback, questions, and the way from an end to its last confirmation.
#include <gmock/gmock.h>

#include "tests/txn/words.h"

namespace vow::txn {
namespace {

using namespace test;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ARollback : public ::testing::Test {
 protected:
  Leader leader;
};

TEST_F(ARollback, OfAnOpenTransactionAbortsItAndTellsWhoPrepared) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"), Ballot::read_only);
  EXPECT_EQ(leader.rollback(), rolled_back(Reason::asked, 1));
  EXPECT_EQ(leader.state(), "aborting");
  const auto output = leader.output();
  ASSERT_THAT(output.instruct, SizeIs(1)) << "a branch that only read has left";
  EXPECT_EQ(output.instruct[0].action, Action::rollback);
  EXPECT_EQ(output.instruct[0].preparation, prep("a"));
  EXPECT_THAT(output.propose, IsEmpty()) << "an abort costs no record";
}

TEST_F(ARollback, TellsEnlistedBranchesToo) {
  (void)leader.enlist("s", 11);
  EXPECT_EQ(leader.rollback(), rolled_back(Reason::asked, 1));
  const auto instruct = leader.output().instruct;
  ASSERT_THAT(instruct, SizeIs(1));
  EXPECT_EQ(instruct[0].preparation, prep("s", 0));
  leader.confirm(prep("s", 0), Action::rollback);
  EXPECT_EQ(leader.state(), "aborted");
}

TEST_F(ARollback, OfAnUnseenTransactionLeavesAMark) {
  EXPECT_EQ(leader.rollback(), rolled_back(Reason::asked));
  EXPECT_EQ(leader.state(), "aborted");
  const auto settled = leader.output().settled;
  ASSERT_THAT(settled, SizeIs(1));
  EXPECT_TRUE(settled[0].finished) << "nothing is left to be undone";
  EXPECT_EQ(leader.vote(prep("a")), rolled_back(Reason::asked));
}

TEST_F(ARollback, OfAnUnseenTransactionPastItsDeadlineNeedsNoMark) {
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.rollback(), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.state(), "unseen");
}

TEST_F(ARollback, WhileDecidingIsPendingAndAbortsNothing) {
  (void)leader.vote(prep("a"));
  (void)leader.commit({prep("a")});
  EXPECT_EQ(leader.rollback(), pending);
  EXPECT_EQ(leader.state(), "deciding");
  leader.apply_proposals();
  EXPECT_EQ(leader.outcome(), committed(1));
}

TEST_F(ARollback, OfACommittedTransactionIsToldSo) {
  leader.decide({prep("a")});
  EXPECT_EQ(leader.rollback(), committed(1));
  EXPECT_EQ(leader.state(), "committing");
}

TEST_F(ARollback, KeepsItsFirstReason) {
  (void)leader.vote(prep("a"), Ballot::refused);
  EXPECT_EQ(leader.rollback(), rolled_back(Reason::vote_refused));
}

// --- questions

class AQuestion : public ARollback {};

TEST_F(AQuestion, OfAnOpenTransactionIsAnsweredOpenAndChangesNothing) {
  (void)leader.vote(prep("a"));
  EXPECT_EQ(leader.outcome(), open);
  EXPECT_EQ(leader.outcome(prep("a")), open);
  EXPECT_EQ(leader.outcome(prep("a", 2)), open);
  EXPECT_EQ(leader.watch(prep("a")), open);
  EXPECT_EQ(leader.state(), "open");
  EXPECT_EQ(leader.commit({prep("a")}), pending);
}

TEST_F(AQuestion, OfABranchThatIsInvolvedMarksWhatIsUnseenAndThenAnswers) {
  EXPECT_EQ(leader.outcome(prep("a")), rolled_back(Reason::outcome_asked));
  EXPECT_EQ(leader.state(), "aborted");
  EXPECT_EQ(leader.vote(prep("a")), rolled_back(Reason::outcome_asked)) << "its vote may arrive late";
}

TEST_F(AQuestion, OfTheInitiatorEndingItsTransactionMarksToo) {
  EXPECT_EQ(leader.outcome(), rolled_back(Reason::outcome_asked));
  EXPECT_EQ(leader.commit({prep("a")}), rolled_back(Reason::outcome_asked));
}

TEST_F(AQuestion, OfAWatcherNeverMarks) {
  EXPECT_EQ(leader.watch(), open);
  EXPECT_EQ(leader.watch(prep("a")), open);
  EXPECT_EQ(leader.state(), "unseen");
  leader.decide({prep("a")});
  EXPECT_EQ(leader.watch(), committed(1)) << "and keeps nothing from being committed";
}

TEST_F(AQuestion, OfAWatcherPastTheDeadlineAbortsNothing) {
  (void)leader.vote(prep("a"));
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.watch(), open);
  EXPECT_EQ(leader.state(), "open");
}

TEST_F(AQuestion, PastTheDeadlineOfWhatIsUnseenIsRolledBackWithoutAMark) {
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.outcome(prep("a")), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.watch(), rolled_back(Reason::past_deadline));
  EXPECT_EQ(leader.state(), "unseen");
}

TEST_F(AQuestion, PastTheDeadlineOfWhatIsOpenAbortsIt) {
  (void)leader.vote(prep("a"));
  leader.now_ms = deadline_ms;
  EXPECT_EQ(leader.outcome(prep("a")), rolled_back(Reason::past_deadline, 1));
}

TEST_F(AQuestion, WhileDecidingIsPendingForWhatTheDecisionNames) {
  (void)leader.vote(prep("a"));
  (void)leader.commit({prep("a")});
  EXPECT_EQ(leader.outcome(), pending);
  EXPECT_EQ(leader.outcome(prep("a")), pending);
  EXPECT_EQ(leader.watch(), pending);
}

TEST_F(AQuestion, WhileDecidingIsRolledBackForAnotherPreparation) {
  (void)leader.vote(prep("a"));
  (void)leader.commit({prep("a")});
  EXPECT_EQ(leader.outcome(prep("a", 2)), rolled_back(Reason::another_preparation));
  EXPECT_EQ(leader.outcome(prep("b")), rolled_back(Reason::another_preparation));
  EXPECT_EQ(leader.state(), "deciding");
}

TEST_F(AQuestion, AfterTheDecisionIsCommittedForWhatItNamesAndRolledBackForAllElse) {
  leader.decide({prep("a")});
  EXPECT_EQ(leader.outcome(), committed(1));
  EXPECT_EQ(leader.outcome(prep("a")), committed(1));
  EXPECT_EQ(leader.outcome(prep("a", 2)), rolled_back(Reason::another_preparation));
  EXPECT_EQ(leader.outcome(prep("b")), rolled_back(Reason::another_preparation));
}

TEST_F(AQuestion, SaysHowManyBranchesHaveNotUndoneBesideRolledBack) {
  (void)leader.vote(prep("a"));
  (void)leader.vote(prep("b"));
  (void)leader.rollback();
  EXPECT_EQ(leader.outcome(), rolled_back(Reason::asked, 2));
  leader.confirm(prep("a"), Action::rollback);
  EXPECT_EQ(leader.outcome(), rolled_back(Reason::asked, 1));
  leader.confirm(prep("b"), Action::rollback);
  EXPECT_EQ(leader.outcome(), rolled_back(Reason::asked, 0));
}

// --- phase two

class Committing : public ::testing::Test {
 protected:
  Committing() {
    (void)leader.vote(prep("a"));
    (void)leader.vote(prep("b"));
    (void)leader.vote(prep("c"), Ballot::read_only);
    (void)leader.commit({prep("a"), prep("b"), prep("c")});
    leader.apply_proposals();
  }
  Leader leader;
};

TEST_F(Committing, TellsEachPreparationOfTheDecisionAndSettlesThoseWhoWait) {
  const auto output = leader.output();
  ASSERT_THAT(output.instruct, SizeIs(2));
  EXPECT_EQ(output.instruct[0].action, Action::commit);
  EXPECT_EQ(output.instruct[0].preparation, prep("a"));
  EXPECT_EQ(output.instruct[1].preparation, prep("b"));
  ASSERT_THAT(output.settled, SizeIs(1));
  EXPECT_EQ(output.settled[0].answer, committed(2));
  EXPECT_FALSE(output.settled[0].finished);
  EXPECT_THAT(output.finished, IsEmpty());
}

TEST_F(Committing, IsFinishedWhenEveryBranchHasConfirmed) {
  (void)leader.output();
  leader.confirm(prep("a"), Action::commit);
  EXPECT_TRUE(leader.output().empty());
  EXPECT_EQ(leader.outcome(), committed(1));
  leader.confirm(prep("b"), Action::commit);
  const auto output = leader.output();
  EXPECT_THAT(output.finished, ::testing::ElementsAre(leader.xid));
  ASSERT_THAT(output.settled, SizeIs(1));
  EXPECT_TRUE(output.settled[0].finished);
  EXPECT_EQ(output.settled[0].answer, committed());
  EXPECT_THAT(output.settled[0].branches, SizeIs(3));
  EXPECT_EQ(leader.state(), "unseen");
  EXPECT_EQ(leader.outcome(prep("a")), committed()) << "the record tells it";
}

TEST_F(Committing, IgnoresConfirmationsThatAreRepeatedOrStrange) {
  leader.confirm(prep("a"), Action::commit);
  leader.confirm(prep("a"), Action::commit);
  leader.confirm(prep("a", 2), Action::commit);
  leader.confirm(prep("c"), Action::commit);
  leader.confirm(prep("z"), Action::commit);
  leader.confirm(prep("b"), Action::rollback);
  leader.confirm(prep("b"), Action::prepare);
  EXPECT_EQ(leader.outcome(), committed(1));
  EXPECT_EQ(leader.state(), "committing");
}

TEST_F(Committing, DoesNotEndAtItsDeadline) {
  leader.time_is(well_past_ms);
  EXPECT_EQ(leader.state(), "committing");
  EXPECT_EQ(leader.outcome(prep("a")), committed(2));
}

TEST_F(Committing, CountsABranchThatAnOperatorEndedAsConfirmed) {
  (void)leader.output();
  leader.confirm(prep("a"), Action::commit);
  leader.table.force(leader.xid, branch("b"));
  EXPECT_THAT(leader.output().finished, SizeIs(1));
}

TEST_F(Committing, AConfirmationBeforeTheEndCountsForNothing) {
  Leader early;
  (void)early.vote(prep("a"));
  early.confirm(prep("a"), Action::commit);
  early.confirm(prep("a"), Action::rollback);
  early.table.force(early.xid, branch("a"));
  EXPECT_EQ(early.state(), "open");
  (void)early.commit({prep("a")});
  early.confirm(prep("a"), Action::commit);
  EXPECT_EQ(early.state(), "deciding");
  early.apply_proposals();
  EXPECT_EQ(early.outcome(), committed(1));
}

// --- decisions of earlier terms

class ALaterLeader : public ::testing::Test {
 protected:
  ALaterLeader() {
    former.decide({prep("a"), prep("b")});
    later.sessions_opened(SessionNumber(1));
  }
  const Decision& decision() { return *former.decisions.find(former.xid); }

  Leader former;
  OpenTransactions later{OpenOptions(), Term(term + 1), former.decisions};
};

TEST_F(ALaterLeader, TakesUpWhatIsUnfinished) {
  later.resume(decision());
  const auto output = later.take_output();
  ASSERT_THAT(output.instruct, SizeIs(2));
  EXPECT_EQ(output.instruct[0].action, Action::commit);
  EXPECT_EQ(output.instruct[0].preparation, prep("a"));
  EXPECT_EQ(output.instruct[0].resource, "stock");
  EXPECT_THAT(output.propose, IsEmpty());
  later.confirm(former.xid, prep("a"), Action::commit);
  later.confirm(former.xid, prep("b"), Action::commit);
  EXPECT_THAT(later.take_output().finished, ::testing::ElementsAre(former.xid));
  later.check_invariants();
}

TEST_F(ALaterLeader, DoesNotRepeatWhatIsFinishedOrTakenUp) {
  later.resume(decision());
  (void)later.take_output();
  later.resume(decision());
  EXPECT_TRUE(later.take_output().empty());
  OpenTransactions third(OpenOptions(), Term(term + 2), former.decisions);
  former.decisions.finish({.stamp_ms = begin_ms, .xids = {former.xid}});
  third.resume(decision());
  EXPECT_TRUE(third.take_output().empty());
}

TEST_F(ALaterLeader, LeavesAloneWhatAnOperatorEnded) {
  (void)former.decisions.force({begin_ms, former.xid, branch("a"), true, "ann", "gone"});
  later.resume(decision());
  ASSERT_EQ(later.take_output().instruct.size(), 1u);
  later.confirm(former.xid, prep("b"), Action::commit);
  EXPECT_THAT(later.take_output().finished, SizeIs(1));
}

TEST_F(ALaterLeader, FinishesAtOnceWhatAnOperatorEndedAltogether) {
  (void)former.decisions.force({begin_ms, former.xid, branch("a"), true, "ann", "gone"});
  (void)former.decisions.force({begin_ms, former.xid, branch("b"), true, "ann", "gone"});
  later.resume(decision());
  const auto output = later.take_output();
  EXPECT_THAT(output.instruct, IsEmpty());
  EXPECT_THAT(output.finished, SizeIs(1));
  EXPECT_EQ(later.size(), 0u);
}

TEST_F(ALaterLeader, AnswersFromTheDecisionBeforeItHasTakenItUp) {
  EXPECT_EQ(later.outcome(former.xid, prep("a"), Asker::involved, begin_ms), committed());
  EXPECT_EQ(later.outcome(former.xid, prep("a", 2), Asker::involved, begin_ms),
            rolled_back(Reason::another_preparation));
  EXPECT_EQ(later.rollback(former.xid, begin_ms), committed());
}

}  // namespace
}  // namespace vow::txn
