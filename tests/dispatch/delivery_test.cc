// What the delivery promises, one promise to a test.
#include "tests/dispatch/delivery_fixture.h"

namespace vow::dispatch {
namespace {

// --- handing out

TEST_F(DeliveryTest, ACommandSaysWhatIsToBeDone) {
  open(1);
  instruct(commit_of(5, 1));
  const auto handed = commands(1);
  ASSERT_EQ(handed.size(), 1u);
  EXPECT_EQ(handed[0].action, txn::Action::commit);
  EXPECT_EQ(handed[0].xid, xid_of(5));
  EXPECT_EQ(handed[0].preparation, preparation_of("a"));
  EXPECT_EQ(handed[0].resource, "stock");
  EXPECT_EQ(handed[0].attempt, 1u);
}

TEST_F(DeliveryTest, APollIsHeldUntilThereIsSomething) {
  open(1);
  const PollToken token = poll(1);
  EXPECT_TRUE(take().polls.empty());
  instruct(commit_of(5, 1));
  instruct(commit_of(6, 1));
  const auto output = take();
  ASSERT_EQ(output.polls.size(), 1u);
  EXPECT_EQ(output.polls[0].token, token);
  EXPECT_EQ(output.polls[0].commands.size(), 2u) << "what came in one turn goes in one answer";
}

TEST_F(DeliveryTest, APollThatWaitedLongEnoughGetsNothing) {
  open(1);
  const PollToken token = poll(1, 10, 300);
  pass(299);
  EXPECT_TRUE(take().polls.empty());
  pass(1);
  const auto output = take();
  ASSERT_EQ(output.polls.size(), 1u);
  EXPECT_EQ(output.polls[0].token, token);
  EXPECT_EQ(output.polls[0].how, How::commands);
  EXPECT_TRUE(output.polls[0].commands.empty());
}

TEST_F(DeliveryTest, ASecondPollEndsTheFirstWithNothing) {
  open(1);
  const PollToken first = poll(1);
  const PollToken second = poll(1);
  auto output = take();
  ASSERT_EQ(output.polls.size(), 1u);
  EXPECT_EQ(output.polls[0].token, first);
  EXPECT_TRUE(output.polls[0].commands.empty());
  instruct(commit_of(5, 1));
  output = take();
  ASSERT_EQ(output.polls.size(), 1u);
  EXPECT_EQ(output.polls[0].token, second);
}

TEST_F(DeliveryTest, WhoHasNoSessionIsToldSo) {
  const PollToken token = poll(9);
  const auto output = take();
  ASSERT_EQ(output.polls.size(), 1u);
  EXPECT_EQ(output.polls[0].token, token);
  EXPECT_EQ(output.polls[0].how, How::no_session);
}

TEST_F(DeliveryTest, APollGetsAsManyAsItAskedFor) {
  open(1);
  for (std::uint32_t i = 1; i <= 5; ++i) instruct(commit_of(i, 1));
  EXPECT_EQ(sequences(1, 3), (Sequences{1, 2, 3}));
  EXPECT_EQ(sequences(1, 3), (Sequences{4, 5}));
}

TEST_F(DeliveryTest, ASessionHasNoMoreInFlightThanAllowed) {
  options.in_flight_max = 2;
  restart();
  open(1);
  for (std::uint32_t i = 1; i <= 3; ++i) instruct(commit_of(i, 1));
  const auto handed = commands(1);
  EXPECT_EQ(handed.size(), 2u);
  EXPECT_EQ(sequences(1), Sequences{}) << "nothing until it reports";
  report(1, done(handed[0]));
  const auto output = take();
  ASSERT_EQ(output.polls.size(), 1u) << "the poll that is held gets the third";
  EXPECT_EQ(output.polls[0].commands.at(0).xid, xid_of(3));
}

// --- reports

TEST_F(DeliveryTest, WhatIsDoneIsConfirmedOnce) {
  open(1);
  instruct(commit_of(5, 1));
  const Command command = commands(1).at(0);
  report(1, done(command));
  report(1, done(command));
  EXPECT_EQ(take().confirmed,
            (std::vector<Delivery::Confirmed>{{xid_of(5), preparation_of("a"), txn::Action::commit}}));
  EXPECT_EQ(delivery->undelivered(), 0u);
  EXPECT_EQ(stock().done, 1u);
}

TEST_F(DeliveryTest, WhatIsDoneIsBelievedFromWhomeverItComes) {
  instruct(commit_of(5));
  open(1);
  report(8, done({txn::Action::commit, xid_of(5), preparation_of("a"), "stock", 1}));
  EXPECT_EQ(take().confirmed.size(), 1u) << "its initiator may do its own branches without being told";
}

TEST_F(DeliveryTest, WhatIsNotReportedOnGoesAgain) {
  open(1);
  instruct(commit_of(5, 1));
  EXPECT_EQ(commands(1).at(0).attempt, 1u);
  pass(options.report_timeout_ms - 1);
  EXPECT_EQ(sequences(1), Sequences{});
  pass(10);
  const auto again = commands(1);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].attempt, 2u);
  EXPECT_NE(progress(5).last_error.find("did not report within 5000 ms"), std::string::npos);
}

TEST_F(DeliveryTest, ALateReportStillCounts) {
  open(1);
  open(2);
  instruct(commit_of(5, 1));
  const Command first = commands(1).at(0);
  pass(options.report_timeout_ms);
  EXPECT_EQ(sequences(2), Sequences{5}) << "the other instance gets it";
  report(1, done(first));
  EXPECT_EQ(take().confirmed.size(), 1u);
}

TEST_F(DeliveryTest, ALateFailureDoesNot) {
  open(1);
  open(2);
  instruct(commit_of(5, 1));
  const Command first = commands(1).at(0);
  pass(options.report_timeout_ms);
  EXPECT_EQ(sequences(2), Sequences{5});
  report(1, failed(first, "too late"));
  EXPECT_EQ(progress(5).place, Place::in_flight);
  EXPECT_EQ(progress(5).session, txn::SessionNumber(2));
}

TEST_F(DeliveryTest, ARepeatedInstructionChangesNothing) {
  open(1);
  instruct(commit_of(5, 1));
  (void)commands(1);
  instruct(commit_of(5, 1));
  EXPECT_EQ(sequences(1), Sequences{});
  EXPECT_EQ(delivery->undelivered(), 1u);
}

TEST_F(DeliveryTest, TwoPreparationsOfABranchAreToldApart) {
  open(1);
  txn::Instruction other = commit_of(5, 1);
  other.preparation = preparation_of("a", 8);
  other.action = txn::Action::rollback;
  instruct(commit_of(5, 1));
  instruct(other);
  const auto handed = commands(1);
  ASSERT_EQ(handed.size(), 2u);
  report(1, done(handed[1]));
  EXPECT_EQ(take().confirmed,
            (std::vector<Delivery::Confirmed>{{xid_of(5), preparation_of("a", 8), txn::Action::rollback}}));
  EXPECT_EQ(progress(5).place, Place::in_flight);
}

// --- prepare

txn::Instruction prepare_of(std::uint32_t sequence, std::uint64_t voter) {
  return {txn::Action::prepare, xid_of(sequence), preparation_of("a", 0), "stock", txn::SessionNumber(voter)};
}

TEST_F(DeliveryTest, TheEndTakesThePlaceOfPrepare) {
  open(1);
  instruct(prepare_of(5, 1));
  const Command prepare = commands(1).at(0);
  instruct(commit_of(5, 1));
  EXPECT_EQ(delivery->undelivered(), 1u) << "its nonce is new, it is the same branch";
  report(1, done(prepare));
  EXPECT_TRUE(take().confirmed.empty()) << "having prepared is not having committed";
  EXPECT_EQ(commands(1).at(0).action, txn::Action::commit);
}

TEST_F(DeliveryTest, RollingBackWhatNeverVotedTakesThePlaceOfPrepare) {
  open(1);
  instruct(prepare_of(5, 1));
  const Command prepare = commands(1).at(0);
  txn::Instruction rollback = prepare_of(5, 1);
  rollback.action = txn::Action::rollback;
  instruct(rollback);
  report(1, done(prepare));
  EXPECT_TRUE(take().confirmed.empty()) << "same preparation, other action";
  const Command command = commands(1).at(0);
  EXPECT_EQ(command.action, txn::Action::rollback);
  report(1, done(command));
  EXPECT_EQ(take().confirmed.at(0).action, txn::Action::rollback);
}

TEST_F(DeliveryTest, NothingTurnsACommitIntoARollback) {
  make_checks_throw();
  instruct(commit_of(5));
  txn::Instruction rollback = commit_of(5);
  rollback.action = txn::Action::rollback;
  EXPECT_THROW(instruct(rollback), CheckFailed);
}

// --- endings

TEST_F(DeliveryTest, AForgottenTransactionIsNotDeliveredFromAnywhere) {
  open(1);
  for (std::uint32_t i = 1; i <= 4; ++i) instruct(commit_of(i, 1));
  (void)commands(1, 1);
  const Command second = commands(1, 1).at(0);
  report(1, failed(second, "no"));
  txn::Instruction waiting = commit_of(5);
  waiting.resource = "mail";
  instruct(waiting);
  for (std::uint32_t i = 1; i <= 5; ++i) {
    delivery->forget(xid_of(i));
    delivery->check_invariants();
  }
  EXPECT_EQ(delivery->undelivered(), 0u);
  pass(60'000);
  report(1, done(second));
  EXPECT_TRUE(take().confirmed.empty());
}

TEST_F(DeliveryTest, OneBranchMayBeForgottenAlone) {
  instruct(commit_of(5));
  txn::Instruction other = commit_of(5);
  other.preparation = preparation_of("b");
  instruct(other);
  delivery->forget(xid_of(5), preparation_of("a").branch);
  EXPECT_FALSE(delivery->for_branch(xid_of(5), preparation_of("a")).has_value());
  EXPECT_TRUE(delivery->for_branch(xid_of(5), preparation_of("b")).has_value());
}

TEST_F(DeliveryTest, ClosingASessionEndsItsPoll) {
  open(1);
  const PollToken token = poll(1);
  delivery->close(txn::SessionNumber(1), now);
  const auto output = take();
  ASSERT_EQ(output.polls.size(), 1u);
  EXPECT_EQ(output.polls[0].token, token);
  EXPECT_EQ(output.polls[0].how, How::ended);
}

TEST_F(DeliveryTest, TheEndTellsThoseWhoPoll) {
  open(1);
  open(2);
  const PollToken token = poll(2);
  instruct(commit_of(5, 1));
  (void)delivery->take_output();
  delivery->end();
  const auto output = take();
  ASSERT_EQ(output.polls.size(), 1u);
  EXPECT_EQ(output.polls[0].token, token);
  EXPECT_EQ(output.polls[0].how, How::ended);
  EXPECT_EQ(delivery->undelivered(), 0u);
  EXPECT_EQ(delivery->session_count(), 0u);
}

TEST_F(DeliveryTest, WhatNobodyUsesIsNotShown) {
  open(1, {"typo"});
  EXPECT_EQ(delivery->resources(now).size(), 1u);
  delivery->close(txn::SessionNumber(1), now);
  EXPECT_TRUE(delivery->resources(now).empty());
}

}  // namespace
}  // namespace vow::dispatch
