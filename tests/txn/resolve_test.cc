// Each line of the table in resolve.h.
#include "coordinator/txn/resolve.h"

#include <gtest/gtest.h>

#include "tests/txn/words.h"

namespace vow::txn {
namespace {

using namespace test;

constexpr std::uint64_t hour_ms = 3'600'000;
constexpr Term below(term - 1);
constexpr Term own(term);
constexpr Term above(term + 1);

class Resolving : public ::testing::Test {
 protected:
  // By the leader of the transaction's term.
  [[nodiscard]] Known leading() const {
    return resolve(leader.xid, leader.decisions, own, &leader.table).known;
  }
  // By a node that does not lead and has applied an entry of this term.
  [[nodiscard]] Known following(Term last_applied) const {
    return resolve(leader.xid, leader.decisions, last_applied, nullptr).known;
  }
  [[nodiscard]] Answer told(Term last_applied, std::optional<Preparation> of = std::nullopt) const {
    return answer_without_leading(leader.xid, of, leader.decisions, last_applied);
  }
  void decide() { leader.decide({prep("a")}); }
  void drop() {
    leader.confirm(prep("a"), Action::commit);
    leader.decisions.finish({.stamp_ms = begin_ms, .xids = {leader.xid}});
    leader.decisions.advance({.stamp_ms = deadline_ms + 61'000, .horizon_ms = 0});
  }
  void raise_horizon() {
    leader.decisions.advance({.stamp_ms = deadline_ms + hour_ms + 1, .horizon_ms = deadline_ms + 1});
  }

  Leader leader;
};

TEST_F(Resolving, AMemberThatDoesNotKnowItsCellYetSendsToTheLeader) {
  const Decisions none;
  EXPECT_EQ(resolve(xid_of(), none, above, nullptr).known, Known::ask_leader);
  EXPECT_EQ(answer_without_leading(xid_of(), std::nullopt, none, above), Answer{Verdict::ask_leader});
}

TEST_F(Resolving, AnotherCellsIsNotOurs) {
  leader.xid.cell += 1;
  EXPECT_EQ(leading(), Known::not_ours);
  EXPECT_EQ(following(above), Known::not_ours);
  EXPECT_EQ(told(above), Answer{Verdict::not_ours});
}

TEST_F(Resolving, OneOfAnIncarnationNotAdoptedHereIsNotOurs) {
  leader.xid.incarnation += 1;
  EXPECT_EQ(leading(), Known::not_ours);
  EXPECT_EQ(following(above), Known::not_ours);
}

TEST_F(Resolving, ADecisionOnRecordIsCommittedWhoeverIsAsked) {
  decide();
  for (const Term last_applied : {own, above}) {
    const Resolution resolution = resolve(leader.xid, leader.decisions, last_applied, nullptr);
    EXPECT_EQ(resolution.known, Known::committed);
    ASSERT_NE(resolution.decision, nullptr);
    EXPECT_TRUE(resolution.decision->names(prep("a")));
  }
  EXPECT_EQ(leading(), Known::committed);
}

TEST_F(Resolving, ItsBitIsCommittedWithoutItsPreparations) {
  decide();
  drop();
  for (const Known known : {leading(), following(own), following(above)}) EXPECT_EQ(known, Known::committed);
  EXPECT_EQ(resolve(leader.xid, leader.decisions, above, nullptr).decision, nullptr);
}

TEST_F(Resolving, OneOfAnEarlierTermWithNeitherIsRolledBackForEver) {
  EXPECT_EQ(following(above), Known::rolled_back);
  EXPECT_EQ(told(above), rolled_back(Reason::earlier_term));
}

TEST_F(Resolving, OneOlderThanTheHorizonWithNeitherIsForgotten) {
  decide();
  drop();
  raise_horizon();
  EXPECT_EQ(following(above), Known::forgotten);
  EXPECT_EQ(following(own), Known::forgotten);
  EXPECT_EQ(leading(), Known::forgotten);
  EXPECT_EQ(told(above), Answer{Verdict::forgotten});
}

TEST_F(Resolving, ADeadlineThatIsTheHorizonIsNotOlder) {
  leader.decisions.advance({.stamp_ms = deadline_ms + hour_ms, .horizon_ms = deadline_ms});
  EXPECT_EQ(following(above), Known::rolled_back);
}

TEST_F(Resolving, AnUnfinishedDecisionIsNeverForgotten) {
  decide();
  raise_horizon();
  EXPECT_EQ(following(above), Known::committed);
}

TEST_F(Resolving, TheLeaderOfItsTermKnowsItsState) {
  EXPECT_EQ(leading(), Known::unseen);
  (void)leader.vote(prep("a"));
  EXPECT_EQ(leading(), Known::open);
  (void)leader.commit({prep("a")});
  EXPECT_EQ(leading(), Known::deciding);
}

TEST_F(Resolving, OneBeingPreparedIsOpen) {
  (void)leader.enlist("a", 11);
  (void)leader.commit({prep("a", 0)});
  ASSERT_EQ(leader.state(), "preparing");
  EXPECT_EQ(leading(), Known::open);
}

TEST_F(Resolving, AnAbortingAndAnAbortedOneAreAborting) {
  (void)leader.vote(prep("a"));
  (void)leader.rollback();
  ASSERT_EQ(leader.state(), "aborting");
  EXPECT_EQ(leading(), Known::aborting);
  leader.confirm(prep("a"), Action::rollback);
  ASSERT_EQ(leader.state(), "aborted");
  EXPECT_EQ(leading(), Known::aborting);
}

TEST_F(Resolving, WhoeverDoesNotLeadItsTermSendsToTheLeader) {
  EXPECT_EQ(following(own), Known::ask_leader);
  EXPECT_EQ(following(below), Known::ask_leader);
  EXPECT_EQ(told(own), Answer{Verdict::ask_leader});
}

TEST_F(Resolving, ALeaderOfALowerTermSendsToTheLeader) {
  leader.xid.term += 1;
  EXPECT_EQ(leading(), Known::ask_leader);
  EXPECT_EQ(leader.vote(prep("a")), Answer{Verdict::ask_leader});
  EXPECT_EQ(leader.state(), "unseen");
}

TEST_F(Resolving, ALeaderOfAHigherTermSaysThatItIsRolledBackForEver) {
  leader.xid.term -= 1;
  EXPECT_EQ(leading(), Known::rolled_back);
  EXPECT_EQ(leader.vote(prep("a")), rolled_back(Reason::earlier_term));
  EXPECT_EQ(leader.commit({prep("a")}), rolled_back(Reason::earlier_term));
  EXPECT_EQ(leader.rollback(), rolled_back(Reason::earlier_term));
  EXPECT_EQ(leader.outcome(prep("a")), rolled_back(Reason::earlier_term));
  EXPECT_EQ(leader.enlist("a", 11), rolled_back(Reason::earlier_term));
  EXPECT_EQ(leader.state(), "unseen") << "that needs no mark";
}

// --- what a node that does not lead tells of one preparation

TEST_F(Resolving, AFollowerTellsAPreparationThatTheDecisionNamesThatItIsCommitted) {
  decide();
  EXPECT_EQ(told(own, prep("a")), committed());
}

TEST_F(Resolving, AFollowerTellsAPreparationThatTheDecisionDoesNotNameThatItIsRolledBack) {
  decide();
  EXPECT_EQ(told(own, prep("a", 2)), rolled_back(Reason::another_preparation));
  EXPECT_EQ(told(above, prep("b")), rolled_back(Reason::another_preparation));
}

TEST_F(Resolving, OfWhichOnlyTheBitIsLeftNothingIsSaidToAPreparation) {
  decide();
  drop();
  EXPECT_EQ(told(above), committed());
  EXPECT_EQ(told(above, prep("a")), (Answer{Verdict::forgotten, Reason::only_bit_left}));
  EXPECT_EQ(leader.outcome(), committed());
  EXPECT_EQ(leader.outcome(prep("a")), (Answer{Verdict::forgotten, Reason::only_bit_left}));
}

}  // namespace
}  // namespace vow::txn
