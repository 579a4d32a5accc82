// What becomes of a command whose participant fails or falls silent.
#include "tests/dispatch/delivery_fixture.h"

namespace vow::dispatch {
namespace {

using DeliveryFailure = DeliveryTest;

// --- failing

TEST_F(DeliveryFailure, AFailedBranchIsShownAndBacksOff) {
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

TEST_F(DeliveryFailure, ABranchThatFailsForEverDelaysNoOther) {
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

TEST_F(DeliveryFailure, AnOperatorMayRetryNow) {
  open(1);
  instruct(commit_of(5, 1));
  report(1, failed(commands(1).at(0), "database is down"));
  EXPECT_TRUE(delivery->retry(xid_of(5), now));
  EXPECT_EQ(sequences(1), Sequences{5});
  EXPECT_FALSE(delivery->retry(xid_of(6), now)) << "nothing of it is here";
}

TEST_F(DeliveryFailure, AnErrorIsKeptUpToItsLimit) {
  open(1);
  instruct(commit_of(5, 1));
  report(1, failed(commands(1).at(0), std::string(100'000, 'x')));
  EXPECT_EQ(progress(5).last_error.size(), options.error_size_max);
}

// --- closed connections

TEST_F(DeliveryFailure, WhatACutOffSessionHadGoesToOthersWithinASecond) {
  open(1);
  poll(1);
  instruct(commit_of(5, 1));
  EXPECT_EQ(sequences(1), Sequences{5});
  open(2);
  poll(2);
  delivery->cut_off(txn::SessionNumber(1), 1, now);
  pass(990);
  EXPECT_EQ(progress(5).place, Place::in_flight);
  pass(10);
  EXPECT_FALSE(delivery->has_session(txn::SessionNumber(1)));
  EXPECT_EQ(sequences(2), Sequences{5});
}

TEST_F(DeliveryFailure, ACutOffSessionThatPollsAgainKeepsWhatItHas) {
  open(1);
  poll(1);
  instruct(commit_of(5, 1));
  const auto had = commands(1);
  ASSERT_EQ(had.size(), 1u);
  delivery->cut_off(txn::SessionNumber(1), 1, now);
  pass(900);
  poll(1, 1'000, 100, 2);  // answered with nothing after that
  (void)take();
  pass(3'000);
  EXPECT_TRUE(delivery->has_session(txn::SessionNumber(1)));
  EXPECT_EQ(progress(5).place, Place::in_flight);
  report(1, done(had[0]));
  EXPECT_EQ(delivery->undelivered(), 0u);
}

TEST_F(DeliveryFailure, AConnectionThatASessionHasLeftMayClose) {
  open(1);
  poll(1, 1'000, 20'000, 1);
  const PollToken held = poll(1, 1'000, 20'000, 2);
  (void)take();
  delivery->cut_off(txn::SessionNumber(1), 1, now);
  pass(5'000);
  EXPECT_TRUE(take().polls.empty()) << "its poll " << held.value() << " is held on";
  EXPECT_TRUE(delivery->has_session(txn::SessionNumber(1)));
}

// --- silence

TEST_F(DeliveryFailure, ASilentSessionExpiresAndWhatItHadGoesToOthers) {
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

TEST_F(DeliveryFailure, AHeldPollIsASignOfLifeForAsLongAsItIsHeld) {
  open(1);
  poll(1, 10, 30'000);
  pass(30'000 + options.session_expires_ms - 1);
  EXPECT_TRUE(delivery->has_session(txn::SessionNumber(1)));
  pass(1);
  EXPECT_FALSE(delivery->has_session(txn::SessionNumber(1)));
}

TEST_F(DeliveryFailure, NoPollIsHeldForEver) {
  open(1);
  poll(1, 10, 4'000'000'000u);
  pass(options.poll_wait_ms_max);
  EXPECT_EQ(take().polls.size(), 1u);
}

TEST_F(DeliveryFailure, ReportsKeepASessionAliveOnlyWhileTheySaySomethingNew) {
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

}  // namespace
}  // namespace vow::dispatch
