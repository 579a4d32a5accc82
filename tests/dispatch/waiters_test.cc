#include "coordinator/dispatch/waiters.h"

#include <gtest/gtest.h>

namespace vow::dispatch {
namespace {

using txn::Verdict;

const txn::Xid xid{
    .cell = 1, .incarnation = 1, .term = 1, .timeout_s = 1, .begin_ms = 1, .session = 1, .sequence = 1};
const txn::Answer pending{Verdict::pending};

class WaitersTest : public ::testing::Test {
 protected:
  void wait(Waiters::Until until, std::optional<std::uint64_t> until_ms = {}) {
    waiters.add(xid, until, until_ms, [this](const txn::Answer& answer) { told.push_back(answer); });
  }
  void settle(Verdict verdict, bool finished, std::uint32_t unfinished = 0) {
    waiters.settled({xid, {verdict, txn::Reason::none, unfinished}, finished, {}});
  }
  std::vector<Verdict> verdicts() const {
    std::vector<Verdict> all;
    for (const txn::Answer& answer : told) all.push_back(answer.verdict);
    return all;
  }

  Waiters waiters;
  std::vector<txn::Answer> told;
};

TEST_F(WaitersTest, WhoWaitsForTheDecisionIsToldOfIt) {
  wait(Waiters::Until::decided);
  settle(Verdict::committed, false, 2);
  EXPECT_EQ(verdicts(), std::vector{Verdict::committed});
  EXPECT_EQ(told[0].unfinished, 2u);
  EXPECT_EQ(waiters.size(), 0u);
}

TEST_F(WaitersTest, WhoWaitsForAllBranchesIsToldOnlyOnceTheyAreDone) {
  wait(Waiters::Until::committed);
  settle(Verdict::committed, false, 1);
  EXPECT_TRUE(told.empty());
  settle(Verdict::committed, true);
  EXPECT_EQ(verdicts(), std::vector{Verdict::committed});
}

TEST_F(WaitersTest, ARollbackIsToldAtOnceToWhoWantedToCommit) {
  wait(Waiters::Until::committed);
  settle(Verdict::rolled_back, false, 2);
  EXPECT_EQ(verdicts(), std::vector{Verdict::rolled_back});
}

TEST_F(WaitersTest, WhoWantedToRollBackWaitsForTheUndoing) {
  wait(Waiters::Until::undone);
  settle(Verdict::rolled_back, false, 2);
  EXPECT_TRUE(told.empty());
  settle(Verdict::rolled_back, true);
  EXPECT_EQ(verdicts(), std::vector{Verdict::rolled_back});
}

TEST_F(WaitersTest, PatienceEnds) {
  wait(Waiters::Until::committed, 1'000);
  wait(Waiters::Until::committed, 2'000);
  waiters.tick(999, [](const txn::Xid&) { return pending; });
  EXPECT_TRUE(told.empty());
  waiters.tick(1'100, [](const txn::Xid&) { return pending; });
  EXPECT_EQ(verdicts(), std::vector{Verdict::pending});
  EXPECT_EQ(waiters.size(), 1u);
}

TEST_F(WaitersTest, WhoIsToldMayAskAgainAtOnce) {
  waiters.add(xid, Waiters::Until::decided, std::nullopt,
              [this](const txn::Answer&) { wait(Waiters::Until::undone); });
  settle(Verdict::committed, false);
  EXPECT_EQ(waiters.size(), 1u);
  settle(Verdict::committed, true);
  EXPECT_EQ(verdicts(), std::vector{Verdict::committed});
}

TEST_F(WaitersTest, AtTheEndEveryoneIsTold) {
  wait(Waiters::Until::decided);
  wait(Waiters::Until::undone, 5'000);
  waiters.end([](const txn::Xid&) { return txn::Answer{Verdict::unknown}; });
  EXPECT_EQ(verdicts(), (std::vector{Verdict::unknown, Verdict::unknown}));
  waiters.tick(10'000, [](const txn::Xid&) { return pending; });
  EXPECT_EQ(told.size(), 2u);
}

}  // namespace
}  // namespace vow::dispatch
