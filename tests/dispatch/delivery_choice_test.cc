// Which participant gets a command.
#include "tests/dispatch/delivery_fixture.h"

namespace vow::dispatch {
namespace {

using DeliveryChoice = DeliveryTest;

// --- who gets it

TEST_F(DeliveryChoice, TheVoterGetsIt) {
  for (const std::uint64_t session : {1, 2, 3}) open(session);
  for (std::uint32_t i = 1; i <= 10; ++i) instruct(commit_of(i, 2));
  EXPECT_EQ(commands(2).size(), 10u);
}

TEST_F(DeliveryChoice, OnceTheVoterIsGoneAnotherInstanceGetsIt) {
  open(1);
  open(2);
  instruct(commit_of(5, 1));
  instruct(commit_of(6, 1));
  EXPECT_EQ(sequences(1, 1), Sequences{5});
  delivery->close(txn::SessionNumber(1), now);
  EXPECT_EQ(sequences(2), (Sequences{5, 6})) << "what it had in hand, then what was queued for it";
}

TEST_F(DeliveryChoice, WhatTheVoterLeavesGoesByThePolicy) {
  options.policy = Policy::weighted;
  restart();
  open(1);
  delivery->open(txn::SessionNumber(2), {.process = "drained", .serves = {{"stock", 0}}}, now);
  open(3);
  for (std::uint32_t i = 1; i <= 20; ++i) instruct(commit_of(i, 1));
  delivery->close(txn::SessionNumber(1), now);
  EXPECT_EQ(commands(3).size(), 20u);
}

TEST_F(DeliveryChoice, AnInstanceThatCannotPassesItOnAtOnce) {
  open(1);
  open(2);
  instruct(commit_of(5, 1));
  report(1, elsewhere(commands(1).at(0)));
  EXPECT_EQ(sequences(2), Sequences{5});
}

TEST_F(DeliveryChoice, WhatNobodyWantsDoesNotGoRoundAndRound) {
  open(1);
  open(2);
  instruct(commit_of(5, 1));
  report(1, elsewhere(commands(1).at(0)));
  report(2, elsewhere(commands(2).at(0)));
  EXPECT_EQ(progress(5).place, Place::backing_off);
}

TEST_F(DeliveryChoice, AVoterThatKeepsFailingIsGivenUp) {
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

TEST_F(DeliveryChoice, EveryInstanceIsTriedUntilOneCan) {
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

TEST_F(DeliveryChoice, ThePolicyOfTheResourceDecidesWhoGetsWhatNobodyVotedFor) {
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

TEST_F(DeliveryChoice, WhatAFullInstanceCannotTakeWaitsAndGoesToWhomeverHasRoom) {
  options.assigned_max = 2;
  restart();
  open(1);
  for (std::uint32_t i = 1; i <= 4; ++i) instruct(commit_of(i, 1));
  EXPECT_EQ(progress(3).place, Place::waiting);
  open(2);
  EXPECT_EQ(sequences(2), (Sequences{3, 4}));
  EXPECT_EQ(sequences(1), (Sequences{1, 2}));
}

TEST_F(DeliveryChoice, RoomThatAReportMakesIsFilled) {
  options.assigned_max = 2;
  restart();
  open(1);
  for (std::uint32_t i = 1; i <= 4; ++i) instruct(commit_of(i, 1));
  const auto handed = commands(1);
  report(1, done(handed.at(0)));
  (void)take();
  EXPECT_EQ(sequences(1), Sequences{3});
}

TEST_F(DeliveryChoice, ASessionThatPollsTooLittleDoesNotKeepWhatOthersCouldDo) {
  open(1);
  open(2);
  for (std::uint32_t i = 1; i <= 4; ++i) instruct(commit_of(i, 1));
  EXPECT_EQ(sequences(1, 1), Sequences{1});
  poll(1, 0, 60'000);
  pass(options.queued_ms_max - 1);
  EXPECT_EQ(progress(2).session, txn::SessionNumber(1));
  poll(2);
  pass(1);
  EXPECT_EQ(sequences(2), (Sequences{1, 2, 3, 4})) << "the first was in its hands and not reported on";
}

TEST_F(DeliveryChoice, WhatNobodyElseCanTakeStaysWhereItIs) {
  open(1);
  instruct(commit_of(5, 1));
  for (int n = 0; n < 10; ++n) {
    poll(1, 0, 10'000);
    pass(10'000);
  }
  EXPECT_EQ(sequences(1), Sequences{5});
}

// --- absent participants

TEST_F(DeliveryChoice, WhatNobodyServesWaitsUntilSomebodyDoes) {
  instruct(commit_of(5));
  instruct(commit_of(6, 44));
  EXPECT_EQ(progress(5).place, Place::waiting);
  pass(100'000);
  EXPECT_EQ(stock().backlog, 2u);
  EXPECT_EQ(stock().oldest_ms, 100'000u);
  open(1);
  EXPECT_EQ(sequences(1), (Sequences{5, 6}));
}

TEST_F(DeliveryChoice, AFullBacklogIsSaid) {
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

}  // namespace
}  // namespace vow::dispatch
