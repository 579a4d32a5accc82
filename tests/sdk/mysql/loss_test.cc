// Servers that are killed and connections that are cut, at each moment of a branch.
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/mysql/cutting_proxy.h"
#include "tests/sdk/mysql/fixture.h"

namespace vow::mysql {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;
using vow::testing::CuttingProxy;
using Cut = CuttingProxy::Cut;
using Notice = CuttingProxy::Notice;

// --- the server is killed

class KilledServer : public ::testing::Test {
 protected:
  vow::testing::MariadbServer server_;
  Database database_{server_};
};

TEST_F(KilledServer, APreparedBranchSurvivesIt) {
  const preparation first = new_preparation();
  const preparation second = new_preparation();
  const auto committed = database_.prepared_payment(first, 1);
  const auto undone = database_.prepared_payment(second, 2);
  server_.restart();
  EXPECT_THAT(database_.prepared(), ::testing::UnorderedElementsAre(first, second));
  committed->commit();
  committed->commit();
  undone->rollback();
  EXPECT_EQ(database_.cents(1), "99");
  EXPECT_EQ(database_.cents(2), "100");
  EXPECT_EQ(database_.connections()->lent(), 0u);
}

TEST_F(KilledServer, WhatWasCommittedStaysSo) {
  const preparation as = new_preparation();
  database_.prepared_payment(as)->commit();
  server_.restart();
  end_by_name(*database_.connections(), as, ending::commit);
  EXPECT_EQ(database_.cents(1), "99");
}

TEST_F(KilledServer, WorkThatIsNotPreparedIsLostAndCannotVote) {
  const auto branch = database_.paid(new_preparation());
  server_.restart();
  const error why = error_of([&] { (void)branch->prepare(); });
  EXPECT_EQ(why.code(), "VOW-5230");
  EXPECT_TRUE(why.retryable());
  EXPECT_EQ(database_.cents(1), "100");
}

TEST_F(KilledServer, EndingIsTriedAgainUntilItIsBack) {
  const auto branch = database_.prepared_payment(new_preparation());
  server_.kill();
  EXPECT_TRUE(error_of([&] { branch->commit(); }).retryable());
  EXPECT_TRUE(error_of([&] { branch->commit(); }).retryable());
  server_.start();
  branch->commit();
  EXPECT_EQ(database_.cents(1), "99");
}

TEST_F(KilledServer, AConnectionThatWaitedTooLongIsNotUsedAgain) {
  parameters where = database_.where();
  where.connect_timeout = where.statement_timeout = 1s;
  const auto impatient = std::make_shared<pool>(connect_to(where), options{.release_wait = 3s, .accept = {}});
  const start begun = begin(impatient, new_preparation());
  run(begun.branch->get(), "UPDATE accounts SET cents = 1 WHERE id = 1");
  ASSERT_EQ(begun.branch->prepare(), ballot::prepared);
  server_.freeze();
  EXPECT_TRUE(error_of([&] { begun.branch->commit(); }).retryable());
  EXPECT_EQ(impatient->lent(), 0u);
  EXPECT_EQ(impatient->idle(), 0u);
  server_.thaw();
  ASSERT_TRUE(eventually([&] {
    try {
      begun.branch->commit();
      return true;
    } catch (const error& why) {
      EXPECT_TRUE(why.retryable());
      return false;
    }
  }));
  EXPECT_EQ(database_.cents(1), "1");
}

// Killed while many branches prepare and commit: whoever was told anything was told the truth.
TEST_F(KilledServer, InsideXaPrepareAndXaCommitItNeverBreaksAVow) {
  constexpr int branches = 8;
  const connection setup = database_.connect();
  for (int id = 11; id < 11 + branches; ++id) {
    run(setup.get(), "INSERT INTO accounts VALUES (" + std::to_string(id) + ",100)");
  }
  for (int round = 0; round < 6; ++round) {
    struct fate {
      preparation as = new_preparation();
      std::unique_ptr<xa_branch> branch;
      bool has_voted = false;
      bool is_committed = false;
    };
    std::vector<fate> fates(branches);
    for (int i = 0; i < branches; ++i) fates[i].branch = database_.paid(fates[i].as, 11 + i);
    std::atomic<int> voted = 0;
    std::vector<std::thread> threads;
    for (fate& each : fates) {
      threads.emplace_back([&] {
        try {
          each.has_voted = each.branch->prepare() == ballot::prepared;
          ++voted;
          each.branch->commit();
          each.is_committed = true;
        } catch (const error&) {  // told below
        }
      });
    }
    while (voted < round && voted < branches) std::this_thread::yield();
    server_.kill();
    for (std::thread& each : threads) each.join();
    server_.start();
    const auto listed = database_.prepared();
    for (int i = 0; i < branches; ++i) {
      fate& each = fates[i];
      if (each.is_committed) {
        EXPECT_THAT(listed, Not(Contains(each.as)));
      }
      if (each.has_voted) {
        each.branch->commit();
      } else {
        each.branch->rollback();
      }
      EXPECT_EQ(database_.cents(11 + i), each.has_voted ? "99" : "100");
      database_.sql("UPDATE accounts SET cents = 100 WHERE id = " + std::to_string(11 + i));
    }
    EXPECT_THAT(database_.prepared(), IsEmpty());
  }
}

// --- the connection is cut

class CutConnection : public OnSharedServer {
 protected:
  [[nodiscard]] std::unique_ptr<xa_branch> paid(const preparation& as) {
    start begun = begin(pool_, as);
    run(begun.branch->get(), "UPDATE accounts SET cents = cents - 1 WHERE id = 1");
    return std::move(begun.branch);
  }

  CuttingProxy proxy_{shared_server().socket()};
  const std::shared_ptr<pool> pool_ = std::make_shared<pool>(connect_to([&] {
                                                               parameters where = database_.where();
                                                               where.socket.clear();
                                                               where.port = proxy_.port();
                                                               return where;
                                                             }()),
                                                             options{.release_wait = 3s, .accept = {}});
};

TEST_F(CutConnection, BeforeXaPrepareNothingIsLeft) {
  const preparation as = new_preparation();
  const auto branch = paid(as);
  proxy_.cut_at("XA PREPARE", Cut::before_the_server, Notice::at_once);
  const error why = error_of([&] { (void)branch->prepare(); });
  EXPECT_EQ(why.code(), "VOW-5230");
  EXPECT_TRUE(why.retryable());
  EXPECT_THAT(database_.prepared(), Not(Contains(as)));
  branch->rollback();
  EXPECT_EQ(database_.sql("SELECT cents FROM accounts WHERE id = 1 FOR UPDATE")[0][0], "100");
}

TEST_F(CutConnection, AfterXaPrepareItIsFoundPreparedAndVotesSo) {
  const preparation as = new_preparation();
  const auto branch = paid(as);
  proxy_.cut_at("XA PREPARE", Cut::after_the_server, Notice::at_once);
  ASSERT_EQ(branch->prepare(), ballot::prepared);
  EXPECT_THAT(database_.prepared(), Contains(as));
  branch->commit();
  EXPECT_EQ(database_.cents(1), "99");
}

// XA RECOVER does not list it, and yet it may still come to be prepared: no vote, and no word that it is
// rolled back.
TEST_F(CutConnection, BeforeXaPrepareAndUnnoticedByTheServerItIsInDoubt) {
  const preparation as = new_preparation();
  const auto branch = paid(as);
  proxy_.cut_at("XA PREPARE", Cut::before_the_server, Notice::when_told);
  const error why = error_of([&] { (void)branch->prepare(); });
  EXPECT_EQ(why.code(), "VOW-5239");
  EXPECT_EQ(error_of([&] { branch->commit(); }).code(), "VOW-5247");
  EXPECT_EQ(error_of([&] { branch->rollback(); }).code(), "VOW-5236");
  proxy_.let_the_server_notice();
  branch->rollback();
  EXPECT_EQ(database_.cents(1), "100");
}

TEST_F(CutConnection, AfterXaPrepareAndUnnoticedByTheServerItIsRolledBackLater) {
  const preparation as = new_preparation();
  const auto branch = paid(as);
  proxy_.cut_at("XA PREPARE", Cut::after_the_server, Notice::when_told);
  EXPECT_EQ(error_of([&] { (void)branch->prepare(); }).code(), "VOW-5239");
  EXPECT_THAT(database_.prepared(), Contains(as));
  proxy_.let_the_server_notice();
  branch->rollback();
  EXPECT_THAT(database_.prepared(), Not(Contains(as)));
  EXPECT_EQ(database_.cents(1), "100");
}

TEST_F(CutConnection, InXaCommitItIsCommittedAllTheSame) {
  for (const Cut where : {Cut::before_the_server, Cut::after_the_server}) {
    const preparation as = new_preparation();
    const auto branch = paid(as);
    ASSERT_EQ(branch->prepare(), ballot::prepared);
    proxy_.cut_at("XA COMMIT", where, Notice::at_once);
    branch->commit();
    EXPECT_THAT(database_.prepared(), Not(Contains(as)));
    EXPECT_EQ(pool_->lent(), 0u);
    EXPECT_EQ(pool_->idle(), 0u) << "a doubtful connection came back";
  }
  EXPECT_EQ(database_.cents(1), "98");
}

TEST_F(CutConnection, InXaCommitAndUnnoticedItIsTriedAgainUntilTheServerLetsGo) {
  for (const Cut where : {Cut::before_the_server, Cut::after_the_server}) {
    const preparation as = new_preparation();
    const auto branch = paid(as);
    ASSERT_EQ(branch->prepare(), ballot::prepared);
    proxy_.cut_at("XA COMMIT", where, Notice::when_told);
    const error why = error_of([&] { branch->commit(); });
    EXPECT_EQ(why.code(), "VOW-5236");
    EXPECT_TRUE(why.retryable());
    proxy_.let_the_server_notice();
    branch->commit();
  }
  EXPECT_EQ(database_.cents(1), "98");
}

TEST_F(CutConnection, NeverReconnectsSilently) {
  const auto branch = paid(new_preparation());
  proxy_.cut_at("UPDATE accounts SET cents = 1", Cut::before_the_server, Notice::at_once);
  EXPECT_EQ(error_of([&] { run(branch->get(), "UPDATE accounts SET cents = 1"); }).code(), "VOW-5230");
  EXPECT_EQ(error_of([&] { run(branch->get(), "UPDATE accounts SET cents = 2"); }).code(), "VOW-5230");
  EXPECT_TRUE(error_of([&] { (void)branch->prepare(); }).retryable());
  EXPECT_EQ(database_.cents(1), "100");
}

}  // namespace
}  // namespace vow::mysql
