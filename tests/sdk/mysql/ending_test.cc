// Who may end a prepared branch, and what is made of the server's answers: NOTA never means finished by
// itself.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sdk/mysql/fixture.h"

namespace vow::mysql {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class EndingByName : public OnSharedServer {
 protected:
  void end(const preparation& which, ending how) { end_by_name(*database_.connections(), which, how); }
};

// Administrators write all the same, so the branch is of a user who is none.
TEST_F(EndingByName, AServerThatBecomesReadOnlyRefusesWorkAndKeepsItsVow) {
  database_.sql("CREATE USER IF NOT EXISTS shop@localhost");
  database_.sql("GRANT ALL ON *.* TO shop@localhost");
  database_.sql("REVOKE SUPER, READ ONLY ADMIN ON *.* FROM shop@localhost");
  parameters as_shop = database_.where();
  as_shop.user = "shop";
  const auto connections =
      std::make_shared<pool>(connect_to(as_shop), options{.release_wait = 1s, .accept = {}});
  const auto pay = [&](const preparation& as) {
    start begun = begin(connections, as);
    run(begun.branch->get(), "UPDATE accounts SET cents = cents - 1 WHERE id = 1");
    return std::move(begun.branch);
  };
  const auto vowed = pay(new_preparation());
  EXPECT_EQ(vowed->prepare(), ballot::prepared);
  database_.sql("SET GLOBAL read_only = 1");
  const error why = error_of([&] { (void)pay(new_preparation()); });
  EXPECT_THAT(why.what(), HasSubstr("read-only"));
  EXPECT_FALSE(why.retryable()) << "another attempt ends no better";
  try {
    vowed->commit();
  } catch (const error& later) {
    EXPECT_TRUE(later.retryable()) << later.what();
    EXPECT_EQ(later.outcome(), outcome::unknown);
  }
  database_.sql("SET GLOBAL read_only = 0");
  vowed->commit();
  EXPECT_EQ(database_.cents(1), "99");
}

TEST_F(EndingByName, ABranchThatALivingSessionHoldsIsNotTakenForFinished) {
  const preparation as = new_preparation();
  const auto held = database_.prepared_payment(as);
  for (const ending how : {ending::commit, ending::rollback}) {
    const error why = error_of([&] { end(as, how); });
    EXPECT_EQ(why.code(), "VOW-5236");
    EXPECT_TRUE(why.retryable());
    EXPECT_EQ(why.outcome(), outcome::unknown);
    EXPECT_THAT(why.what(), HasSubstr("session "));
  }
  EXPECT_THAT(database_.prepared(), Contains(as));
  held->commit();
  EXPECT_EQ(database_.cents(1), "99");
}

// As above, but only XA RECOVER can tell.
TEST_F(EndingByName, NorOneOfASessionThatTookNoLock) {
  const preparation as = new_preparation();
  const connection other = database_.connect();
  run(other.get(), "XA START " + xa_name(as));
  run(other.get(), "UPDATE accounts SET cents = 7 WHERE id = 1");
  run(other.get(), "XA END " + xa_name(as));
  run(other.get(), "XA PREPARE " + xa_name(as));
  for (const ending how : {ending::commit, ending::rollback}) {
    EXPECT_EQ(error_of([&] { end(as, how); }).code(), "VOW-5236");
  }
  run(other.get(), "XA COMMIT " + xa_name(as));
  end(as, ending::commit);
  EXPECT_EQ(database_.cents(1), "7");
}

TEST_F(EndingByName, WhatWasFinishedBeforeIsFinished) {
  const preparation as = new_preparation();
  database_.prepared_payment(as)->commit();
  end(as, ending::commit);
  end(as, ending::commit);
  EXPECT_EQ(database_.cents(1), "99");
}

TEST_F(EndingByName, RollingBackWhatIsNotThereIsNoError) { end(new_preparation(), ending::rollback); }

TEST_F(EndingByName, NothingFoundOnAnotherServerIsNotFinished) {
  const preparation as = new_preparation();
  database_.prepared_payment(as)->commit();
  const error why =
      error_of([&] { end_by_name(*database_.connections(), as, ending::commit, "another server"); });
  EXPECT_EQ(why.code(), "VOW-5237");
  EXPECT_FALSE(why.retryable());
  EXPECT_EQ(why.outcome(), outcome::unknown);
}

TEST_F(EndingByName, AnyoneEndsItOnceItsBranchObjectIsGone) {
  for (const ending how : {ending::rollback, ending::commit}) {
    const preparation as = new_preparation();
    { const auto left = database_.prepared_payment(as); }
    EXPECT_THAT(database_.prepared(), Contains(as));
    end(as, how);
    EXPECT_THAT(database_.prepared(), Not(Contains(as)));
    end(as, how);
  }
  EXPECT_EQ(database_.cents(1), "99");
}

TEST_F(EndingByName, ABranchThatOnlyLockedIsFinishedAfterItsSession) {
  const preparation as = new_preparation();
  {
    const auto reader = database_.work(as);
    run(reader->get(), "SELECT * FROM accounts WHERE id = 1 FOR UPDATE");
    ASSERT_EQ(reader->prepare(), ballot::prepared);
  }
  end(as, ending::commit);
  EXPECT_THAT(database_.prepared(), Not(Contains(as)));
}

// A child process prepares and is killed; this one ends it as soon as the server has let go.
TEST_F(EndingByName, APreparedBranchSurvivesItsProcess) {
  const preparation as = new_preparation();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto pool = database_.make_pool({.accept = {}});
    start begun = begin(pool, as);
    run(begun.branch->get(), "UPDATE accounts SET cents = 42 WHERE id = 1");
    (void)begun.branch->prepare();
    for (;;) ::pause();
  }
  ASSERT_TRUE(eventually([&] { return ::testing::Value(database_.prepared(), Contains(as)); }));
  EXPECT_EQ(error_of([&] { end(as, ending::commit); }).code(), "VOW-5236");
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  ASSERT_TRUE(eventually([&] {
    try {
      end(as, ending::commit);
      return true;
    } catch (const error& why) {
      EXPECT_TRUE(why.retryable());
      return false;
    }
  }));
  EXPECT_EQ(database_.cents(1), "42");
}

TEST_F(EndingByName, AForkedChildDoesNotEndTheSessionsOfItsParent) {
  auto branch = database_.prepared_payment(new_preparation());
  const pid_t child = ::fork();
  if (child == 0) {
    branch.reset();
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  branch->commit();
  EXPECT_EQ(database_.connections()->idle(), 1u) << "the session had to be given up";
}

TEST_F(EndingByName, OthersTransactionsAreNeitherListedNorTouched) {
  const preparation as = new_preparation();
  const std::vector<std::string> others = {"'" + as.name() + "','',1",  // another format
                                           "'" + as.name().substr(0, 9) + "','" + as.name().substr(9) + "'," +
                                               std::to_string(format_id),  // a qualifier
                                           "'order-7',''," + std::to_string(format_id)};
  std::vector<connection> sessions;
  for (const std::string& name : others) {
    sessions.push_back(database_.connect());
    MYSQL* const on = sessions.back().get();
    run(on, "XA START " + name);
    run(on, "UPDATE accounts SET cents = 0 WHERE id = " + std::to_string(sessions.size()));
    run(on, "XA END " + name);
    run(on, "XA PREPARE " + name);
  }
  EXPECT_THAT(database_.prepared(), ::testing::AllOf(Not(Contains(as)), Not(Contains(preparation{}))));
  end(as, ending::rollback);
  for (std::size_t i = 0; i < others.size(); ++i) run(sessions[i].get(), "XA COMMIT " + others[i]);
  for (const int id : {1, 2, 3}) EXPECT_EQ(database_.cents(id), "0");
}

TEST_F(EndingByName, ItNeedsNoConnectionOfThePool) {
  const auto pool =
      database_.make_pool({.connections_max = 1, .connection_wait = 1ms, .release_wait = 1s, .accept = {}});
  const preparation left = new_preparation();
  { const auto gone = database_.prepared_payment(left, 2); }
  start holding = begin(pool, new_preparation());
  EXPECT_EQ(error_of([&] { (void)begin(pool, new_preparation()); }).code(), "VOW-5235");
  end_by_name(*pool, left, ending::commit);
  EXPECT_EQ(database_.cents(2), "99");
}

}  // namespace
}  // namespace vow::mysql
