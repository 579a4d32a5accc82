// What the delivery promises, one promise to a test.
#include "coordinator/dispatch/delivery.h"

#include <map>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "tests/dispatch/delivery_words.h"

namespace vow::dispatch {
namespace {

using How = Delivery::Answered::How;

class DeliveryTest : public ::testing::Test {
 protected:
  DeliveryTest() { restart(); }
  void restart() { delivery = std::make_unique<Delivery>(options, Random(3)); }

  void open(std::uint64_t session, const std::vector<std::string>& resources = {"stock"}) {
    OpenSession request{.process = "process-" + std::to_string(session), .serves = {}};
    for (const std::string& resource : resources) request.serves.push_back({resource, 1});
    delivery->open(txn::SessionNumber(session), request, now);
  }
  void instruct(const txn::Instruction& instruction) { delivery->instruct(instruction, now); }
  void report(std::uint64_t session, const Report& report) {
    delivery->report(txn::SessionNumber(session), report, now);
  }
  // Polls and leaves it; take() has the answers. The token says whose poll it is.
  PollToken poll(std::uint64_t session, std::uint32_t commands_max = 1'000, std::uint32_t wait_ms = 20'000) {
    const PollToken token(session * polls_of_a_session + polls[session]++);
    delivery->poll({txn::SessionNumber(session), commands_max, wait_ms}, token, now);
    return token;
  }
  Delivery::Output take() {
    Delivery::Output output = delivery->take_output();
    delivery->check_invariants();
    return output;
  }
  // The commands that are there for a session: what its held poll gets, or another poll, which stays held.
  std::vector<Command> commands(std::uint64_t session, std::uint32_t commands_max = 1'000) {
    for (int n = 0; n < 2; ++n) {
      if (n == 1) poll(session, commands_max);
      for (Delivery::Answered& answered : take().polls) {
        if (answered.token.value() / polls_of_a_session == session && !answered.commands.empty())
          return answered.commands;
      }
    }
    return {};
  }
  std::vector<std::uint32_t> sequences(std::uint64_t session, std::uint32_t commands_max = 1'000) {
    std::vector<std::uint32_t> found;
    for (const Command& command : commands(session, commands_max)) found.push_back(command.xid.sequence);
    return found;
  }
  void pass(std::uint64_t ms) {
    for (const std::uint64_t until = now + ms; now < until;) {
      now = std::min(until, now + 10);
      delivery->tick(now);
    }
    delivery->check_invariants();
  }
  Delivery::Progress progress(std::uint32_t sequence) {
    return delivery->for_branch(xid_of(sequence), preparation_of("a")).value();
  }
  ResourceShown stock() { return delivery->resources(now).at(0); }

  using Sequences = std::vector<std::uint32_t>;
  static constexpr std::uint64_t polls_of_a_session = 1'000'000;
  DeliveryOptions options;
  std::unique_ptr<Delivery> delivery;
  std::uint64_t now = 1'000;
  std::map<std::uint64_t, std::uint64_t> polls;
};

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

// --- who gets it

TEST_F(DeliveryTest, TheVoterGetsIt) {
  for (const std::uint64_t session : {1, 2, 3}) open(session);
  for (std::uint32_t i = 1; i <= 10; ++i) instruct(commit_of(i, 2));
  EXPECT_EQ(commands(2).size(), 10u);
}

TEST_F(DeliveryTest, OnceTheVoterIsGoneAnotherInstanceGetsIt) {
  open(1);
  open(2);
  instruct(commit_of(5, 1));
  instruct(commit_of(6, 1));
  EXPECT_EQ(sequences(1, 1), Sequences{5});
  delivery->close(txn::SessionNumber(1), now);
  EXPECT_EQ(sequences(2), (Sequences{5, 6})) << "what it had in hand, then what was queued for it";
}

TEST_F(DeliveryTest, AnInstanceThatCannotPassesItOnAtOnce) {
  open(1);
  open(2);
  instruct(commit_of(5, 1));
  report(1, elsewhere(commands(1).at(0)));
  EXPECT_EQ(sequences(2), Sequences{5});
}

TEST_F(DeliveryTest, WhatNobodyWantsDoesNotGoRoundAndRound) {
  open(1);
  open(2);
  instruct(commit_of(5, 1));
  report(1, elsewhere(commands(1).at(0)));
  report(2, elsewhere(commands(2).at(0)));
  EXPECT_EQ(progress(5).place, Place::backing_off);
}

TEST_F(DeliveryTest, AVoterThatKeepsFailingIsGivenUp) {
  open(1);
  open(2);
  instruct(commit_of(5, 1));
  for (std::uint32_t n = 1; n <= options.voter_failures_max; ++n) {
    const auto handed = commands(1);
    ASSERT_EQ(handed.size(), 1u) << "attempt " << n;
    report(1, failed(handed[0], "its database is down"));
    pass(1'000);
  }
  EXPECT_EQ(sequences(1), Sequences{});
  EXPECT_EQ(sequences(2), Sequences{5});
}

TEST_F(DeliveryTest, EveryInstanceIsTriedUntilOneCan) {
  options.policies["stock"] = Policy::consistent_hash;
  restart();
  for (std::uint64_t session = 1; session <= 5; ++session) open(session);
  instruct(commit_of(5));
  std::map<std::uint64_t, int> tried;
  for (int n = 0; n < 5; ++n) {
    const std::uint64_t session = progress(5).session.value();
    ++tried[session];
    report(session, failed(commands(session).at(0), "no"));
    pass(2'000);
  }
  EXPECT_EQ(tried.size(), 5u);
}

TEST_F(DeliveryTest, ThePolicyOfTheResourceDecidesWhoGetsWhatNobodyVotedFor) {
  options.policy = Policy::least_outstanding;
  options.policies["stock"] = Policy::round_robin;
  restart();
  open(1, {"stock", "mail"});
  open(2, {"stock", "mail"});
  txn::Instruction mail = commit_of(1, 1);
  mail.resource = "mail";
  instruct(mail);
  instruct(commit_of(2));
  instruct(commit_of(3));
  mail = commit_of(4);
  mail.resource = "mail";
  EXPECT_EQ(delivery->sessions(now).at(0).queued, 2u);
  EXPECT_EQ(delivery->sessions(now).at(1).queued, 1u);
  instruct(mail);
  EXPECT_EQ(delivery->sessions(now).at(1).queued, 2u) << "least outstanding";
}

TEST_F(DeliveryTest, WhatAFullInstanceCannotTakeWaitsAndGoesToWhomeverHasRoom) {
  options.assigned_max = 2;
  restart();
  open(1);
  for (std::uint32_t i = 1; i <= 4; ++i) instruct(commit_of(i, 1));
  EXPECT_EQ(progress(3).place, Place::waiting);
  open(2);
  EXPECT_EQ(sequences(2), (Sequences{3, 4}));
  EXPECT_EQ(sequences(1), (Sequences{1, 2}));
}

TEST_F(DeliveryTest, RoomThatAReportMakesIsFilled) {
  options.assigned_max = 2;
  restart();
  open(1);
  for (std::uint32_t i = 1; i <= 4; ++i) instruct(commit_of(i, 1));
  const auto handed = commands(1);
  report(1, done(handed.at(0)));
  (void)take();
  EXPECT_EQ(sequences(1), Sequences{3});
}

// --- absent participants

TEST_F(DeliveryTest, WhatNobodyServesWaitsUntilSomebodyDoes) {
  instruct(commit_of(5));
  instruct(commit_of(6, 44));
  EXPECT_EQ(progress(5).place, Place::waiting);
  pass(100'000);
  EXPECT_EQ(stock().backlog, 2u);
  EXPECT_EQ(stock().oldest_ms, 100'000u);
  open(1);
  EXPECT_EQ(sequences(1), (Sequences{5, 6}));
}

TEST_F(DeliveryTest, AFullBacklogIsSaid) {
  options.backlog_max = 3;
  restart();
  instruct(commit_of(1));
  instruct(commit_of(2));
  EXPECT_FALSE(delivery->is_overloaded("stock"));
  instruct(commit_of(3));
  EXPECT_TRUE(delivery->is_overloaded("stock"));
  EXPECT_FALSE(delivery->is_overloaded("mail"));
  delivery->forget(xid_of(2));
  EXPECT_FALSE(delivery->is_overloaded("stock"));
}

// --- failing

TEST_F(DeliveryTest, AFailedBranchIsShownAndBacksOff) {
  open(1);
  instruct(commit_of(5, 1));
  report(1, failed(commands(1).at(0), "database is down"));
  EXPECT_EQ(progress(5).place, Place::backing_off);
  EXPECT_EQ(progress(5).attempts, 1u);
  EXPECT_EQ(progress(5).last_error, "database is down");
  EXPECT_GE(progress(5).next_attempt_in_ms, 25u);
  EXPECT_LE(progress(5).next_attempt_in_ms, 50u);
  EXPECT_EQ(stock().failing, 1u);
  pass(100);
  const auto again = commands(1);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].attempt, 2u);
  report(1, done(again[0]));
  EXPECT_EQ(stock().failing, 0u);
}

TEST_F(DeliveryTest, ABranchThatFailsForEverDelaysNoOther) {
  open(1);
  instruct(commit_of(1, 1));
  std::uint32_t attempts = 0;
  for (std::uint32_t i = 2; i <= 1'000; ++i) {
    instruct(commit_of(i, 1));
    bool sees_other = false;
    for (const Command& command : commands(1)) {
      if (command.xid == xid_of(1)) {
        report(1, failed(command, "never"));
        ++attempts;
      } else {
        report(1, done(command));
        sees_other = true;
      }
    }
    EXPECT_TRUE(sees_other) << i;
    pass(100);
  }
  EXPECT_EQ(delivery->undelivered(), 1u);
  EXPECT_EQ(progress(1).attempts, attempts);
  EXPECT_LT(attempts, 20u) << "in 100 s, and doubling from 50 ms to 30 s";
  EXPECT_GT(attempts, 8u);
}

TEST_F(DeliveryTest, AnOperatorMayRetryNow) {
  open(1);
  instruct(commit_of(5, 1));
  report(1, failed(commands(1).at(0), "database is down"));
  EXPECT_TRUE(delivery->retry(xid_of(5), now));
  EXPECT_EQ(sequences(1), Sequences{5});
  EXPECT_FALSE(delivery->retry(xid_of(6), now)) << "nothing of it is here";
}

TEST_F(DeliveryTest, AnErrorIsKeptUpToItsLimit) {
  open(1);
  instruct(commit_of(5, 1));
  report(1, failed(commands(1).at(0), std::string(100'000, 'x')));
  EXPECT_EQ(progress(5).last_error.size(), options.error_size_max);
}

// --- silence

TEST_F(DeliveryTest, ASilentSessionExpiresAndWhatItHadGoesToOthers) {
  open(1);
  instruct(commit_of(5, 1));
  instruct(commit_of(6, 1));
  EXPECT_EQ(sequences(1, 1), Sequences{5});
  now += 4'000;
  delivery->tick(now);
  open(2);
  EXPECT_EQ(sequences(2), Sequences{});
  pass(options.session_expires_ms - 4'000);
  EXPECT_FALSE(delivery->has_session(txn::SessionNumber(1)));
  EXPECT_EQ(sequences(2), (Sequences{5, 6}));
}

TEST_F(DeliveryTest, AHeldPollIsASignOfLifeForAsLongAsItIsHeld) {
  open(1);
  poll(1, 10, 30'000);
  pass(30'000 + options.session_expires_ms - 1);
  EXPECT_TRUE(delivery->has_session(txn::SessionNumber(1)));
  pass(1);
  EXPECT_FALSE(delivery->has_session(txn::SessionNumber(1)));
}

TEST_F(DeliveryTest, NoPollIsHeldForEver) {
  open(1);
  poll(1, 10, 4'000'000'000u);
  pass(options.poll_wait_ms_max);
  EXPECT_EQ(take().polls.size(), 1u);
}

TEST_F(DeliveryTest, ReportsKeepASessionAliveOnlyWhileTheySaySomethingNew) {
  open(1);
  instruct(commit_of(5, 1));
  const Command command = commands(1).at(0);
  pass(4'000);
  report(1, done(command));
  pass(8'000);
  EXPECT_TRUE(delivery->has_session(txn::SessionNumber(1)));
  report(1, done(command));
  pass(2'000);
  EXPECT_FALSE(delivery->has_session(txn::SessionNumber(1)))
      << "who never polls again must not keep what is queued for it";
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
