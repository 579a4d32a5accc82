// Work that is all of its transaction: committed in one phase, with a row that tells.
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/mysql/cutting_proxy.h"
#include "tests/sdk/mysql/fixture.h"

namespace vow::mysql {
namespace {

using ::testing::IsEmpty;
using vow::testing::CuttingProxy;
using Cut = CuttingProxy::Cut;
using Notice = CuttingProxy::Notice;

class Alone : public OnSharedServer {
 protected:
  Alone() { record_book(database_.connections()).make(); }
  static preparation of_now(std::chrono::milliseconds timeout = 60s) {
    static std::uint32_t sequence = 0;
    txn::Xid xid;
    xid.cell = 1;
    xid.incarnation = 1;
    xid.term = 2;
    const auto now = std::chrono::system_clock::now().time_since_epoch() - 60s + timeout;
    xid.begin_ms = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
    xid.timeout_s = 60;
    xid.session = 1;
    xid.sequence = ++sequence;
    return {to_string(xid), "payments", 7};
  }
  // Empty: there is none.
  [[nodiscard]] std::string row(const preparation& as) const {
    const rows found = database_.sql("SELECT state FROM vow_branch WHERE xid='" + as.xid + "'");
    return found.empty() ? std::string() : found[0][0];
  }
};

TEST_F(Alone, IsCommittedWithItsRowAndNothingPrepared) {
  const preparation as = of_now();
  const auto branch = database_.paid(as);
  branch->commit_alone();
  EXPECT_EQ(database_.cents(1), "99");
  EXPECT_EQ(row(as), "committed");
  EXPECT_THAT(database_.prepared(), IsEmpty());
  EXPECT_EQ(database_.connections()->idle(), 1u) << "its connection is of use again";
  EXPECT_EQ(error_of([&] { (void)branch->get(); }).code(), "VOW-5247");
}

TEST_F(Alone, LeavesNoRowIfItOnlyRead) {
  const preparation as = of_now();
  const auto branch = database_.work(as);
  run(branch->get(), "SELECT * FROM accounts");
  std::this_thread::sleep_for(view_age);
  branch->commit_alone();
  EXPECT_EQ(row(as), "");
}

TEST_F(Alone, IsPreparedAsUsualWhereThereIsNoTable) {
  const Database without(shared_server());
  record_book(without.connections()).look_for_table();
  const auto branch = without.paid(of_now());
  EXPECT_FALSE(branch->can_commit_alone());
  EXPECT_EQ(branch->prepare(), ballot::prepared);
  branch->commit();
  EXPECT_EQ(without.cents(1), "99");
}

TEST_F(Alone, IsFoundPossibleByAProcessThatComesLater) {
  const auto later = database_.make_pool({});
  EXPECT_FALSE(later->keeps_records());
  record_book(later).look_for_table();
  EXPECT_TRUE(later->keeps_records());
}

TEST_F(Alone, FindsItsTableThoughTheWorkWentToAnotherDatabase) {
  const preparation as = of_now();
  const auto branch = database_.paid(as);
  run(branch->get(), "USE mysql");
  branch->commit_alone();
  EXPECT_EQ(row(as), "committed");
  EXPECT_EQ(database_.cents(1), "99");
}

TEST_F(Alone, IsNotCommittedAfterItsDeadline) {
  const preparation as = of_now(-1ms);
  const auto branch = database_.paid(as);
  EXPECT_EQ(error_of([&] { branch->commit_alone(); }).code(), "VOW-5272");
  EXPECT_EQ(database_.cents(1), "100");
  EXPECT_EQ(row(as), "");
}

TEST_F(Alone, IsNotCommittedAfterSomebodyHasSettledThatItIsNot) {
  const preparation as = of_now();
  const auto branch = database_.paid(as);
  record_book book(database_.connections());
  EXPECT_EQ(record::settle_alone(book, as), outcome::rolled_back);
  EXPECT_THROW(branch->commit_alone(), rolled_back);
  EXPECT_EQ(database_.cents(1), "100");
  EXPECT_EQ(row(as), "cancelled");
}

TEST_F(Alone, IsToldToTryAgainAfterADeadlock) {
  const preparation one = of_now();
  const auto branch = database_.paid(one, 1);
  const auto other = database_.paid(of_now(), 2);
  std::thread waiting([&] { (void)try_run(other->get(), "UPDATE accounts SET cents=0 WHERE id=1"); });
  std::this_thread::sleep_for(100ms);
  const bool is_victim = try_run(branch->get(), "UPDATE accounts SET cents=0 WHERE id=2") != 0;
  waiting.join();
  xa_branch& victim = is_victim ? *branch : *other;
  EXPECT_TRUE(error_of([&] { victim.commit_alone(); }).retryable());
  xa_branch& winner = is_victim ? *other : *branch;
  winner.commit_alone();
}

class AloneOverACutConnection : public Alone {
 protected:
  AloneOverACutConnection() { record_book(pool_).look_for_table(); }
  [[nodiscard]] std::unique_ptr<xa_branch> paid(const preparation& as) {
    start begun = begin(pool_, as);
    run(begun.branch->get(), "UPDATE accounts SET cents = cents - 1 WHERE id = 1");
    return std::move(begun.branch);
  }
  [[nodiscard]] connector through_proxy() const {
    parameters where = database_.where();
    where.socket.clear();
    where.port = proxy_.port();
    return connect_to(where);
  }

  CuttingProxy proxy_{shared_server().socket()};
  const std::shared_ptr<pool> pool_ =
      std::make_shared<pool>(through_proxy(), options{.lock_wait = 1s, .release_wait = 3s, .accept = {}});
};

TEST_F(AloneOverACutConnection, IsCommittedIfTheServerDidIt) {
  const preparation as = of_now();
  const auto branch = paid(as);
  proxy_.cut_at("XA COMMIT", Cut::after_the_server, Notice::at_once);
  branch->commit_alone();
  EXPECT_EQ(database_.cents(1), "99");
  EXPECT_EQ(row(as), "committed");
}

TEST_F(AloneOverACutConnection, IsRolledBackIfTheServerNeverHeardOfIt) {
  const preparation as = of_now();
  const auto branch = paid(as);
  proxy_.cut_at("XA COMMIT", Cut::before_the_server, Notice::at_once);
  const error why = error_of([&] { branch->commit_alone(); });
  EXPECT_EQ(why.code(), "VOW-5230");
  EXPECT_TRUE(why.retryable());
  EXPECT_EQ(database_.cents(1), "100");
  EXPECT_EQ(row(as), "cancelled") << "it can never be committed any more";
}

// The server holds the session, which may yet commit: nobody can say.
TEST_F(AloneOverACutConnection, IsInDoubtWhileTheServerDoesNotNotice) {
  const preparation as = of_now();
  const auto branch = paid(as);
  proxy_.cut_at("XA COMMIT", Cut::before_the_server, Notice::when_told);
  EXPECT_THROW(branch->commit_alone(), outcome_unknown);
  proxy_.let_the_server_notice();
  record_book book(database_.connections());
  EXPECT_EQ(record::settle_alone(book, as), outcome::rolled_back);
  EXPECT_EQ(database_.cents(1), "100");
}

TEST_F(AloneOverACutConnection, LeavesNothingIfItWasCutBefore) {
  const preparation as = of_now();
  const auto branch = paid(as);
  proxy_.cut_at("INSERT INTO `", Cut::before_the_server, Notice::at_once);
  EXPECT_EQ(error_of([&] { branch->commit_alone(); }).code(), "VOW-5230");
  EXPECT_EQ(database_.sql("SELECT cents FROM accounts WHERE id = 1 FOR UPDATE")[0][0], "100");
  EXPECT_EQ(row(as), "");
}

}  // namespace
}  // namespace vow::mysql
