// The connection is lost, or the server killed, inside PREPARE TRANSACTION and COMMIT PREPARED.
//
// Two gates hold a session inside PREPARE. Before: a statement of the session's settings, which runs in the
// same message, waits for a lock that the test holds. After: a synchronous standby that does not exist lets
// the server wait when the preparation is on its disk, before it answers.
#include <future>

#include <sys/socket.h>

#include "tests/sdk/postgres/fixture.h"

namespace vow::postgres {
namespace {

const preparation one = {"00000008000000c1m3nqpl1o0000000u0001g002", "orders_1", 77};

class DoubtOnPostgres : public OnPostgres {
 protected:
  // Is held up in PREPARE, before anything is prepared, while the test holds gate_.
  void use_gate_before() {
    // Only where there is work: not in sessions that are being opened.
    ask("create function gate() returns bigint language plpgsql as $$ begin "
        "if (select count(*) from account) > 0 then perform pg_advisory_xact_lock(1); end if; return 1; end "
        "$$");
    database_ = another({.doubt_timeout = doubt_timeout_, .session_sql = "select gate()"});
    gate_ = std::make_unique<pqxx::connection>(dsn_);
    run(*gate_, "select pg_advisory_lock(1)");
  }
  void use_gate_after() { use_gate_after_in(doubt_timeout_); }
  void use_gate_after_in(milliseconds doubt_timeout) {
    database_ = another({.doubt_timeout = doubt_timeout});
  }
  void shut_gate_after() { wait_for_nobody(); }
  void open_gate_after() { set_standby(""); }

  std::unique_ptr<xa_branch> working() {
    auto branch = begin(one);
    branch->work().exec("insert into account values (1, 10)");
    backend_ = branch->work().exec("select pg_backend_pid()")[0][0].as<std::string>();
    socket_ = branch->work().conn().sock();
    return branch;
  }
  // Another thread, since it waits in there.
  static std::future<std::string> preparing(xa_branch& branch) {
    return std::async(std::launch::async, [&branch] {
      try {
        return branch.prepare() == ballot::prepared ? std::string("prepared") : std::string("read-only");
      } catch (const error& why) {
        return why.code();
      }
    });
  }
  static std::future<std::string> committing(xa_branch& branch) {
    return std::async(std::launch::async, [&branch] {
      try {
        branch.commit();
        return std::string("committed");
      } catch (const error& why) {
        return why.code();
      }
    });
  }

  void TearDown() override {
    gate_.reset();
    if (!server_.is_running()) server_.start(usual());
    pqxx::connection admin(server_.dsn());
    run(admin, "alter system reset all");
    server_.restart(usual());
  }

  milliseconds doubt_timeout_{20'000};
  std::unique_ptr<pqxx::connection> gate_;
  std::string backend_;
  int socket_ = -1;
};

TEST_F(DoubtOnPostgres, ConnectionLostAfterThePreparationWasMade) {
  use_gate_after();
  auto branch = working();
  shut_gate_after();
  auto prepared_as = preparing(*branch);
  ASSERT_TRUE(comes_true([&] { return waits("SyncRep"); }));
  ask("select pg_terminate_backend(" + backend_ + ")");
  EXPECT_EQ(prepared_as.get(), "prepared");
  EXPECT_EQ(prepared(), "1");
  open_gate_after();
  branch->commit();
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(DoubtOnPostgres, ServerKilledAfterThePreparationWasMade) {
  use_gate_after();
  auto branch = working();
  shut_gate_after();
  auto prepared_as = preparing(*branch);
  ASSERT_TRUE(comes_true([&] { return waits("SyncRep"); }));
  server_.kill();
  server_.start(usual());
  EXPECT_EQ(prepared_as.get(), "prepared");
  open_gate_after();
  branch->commit();
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(DoubtOnPostgres, ServerKilledBeforeThePreparationWasMade) {
  use_gate_before();
  auto branch = working();
  auto prepared_as = preparing(*branch);
  ASSERT_TRUE(comes_true([&] { return waits("advisory"); }));
  server_.kill();
  server_.start(usual());
  EXPECT_EQ(prepared_as.get(), "VOW-5218");
  branch->rollback();
  EXPECT_EQ(prepared(), "0");
  EXPECT_EQ(balances(), "");
}

TEST_F(DoubtOnPostgres, AnAbsentNameIsNotBelievedWhileTheServerIsStillAtIt) {
  use_gate_before();
  auto branch = working();
  auto prepared_as = preparing(*branch);
  ASSERT_TRUE(comes_true([&] { return waits("advisory"); }));
  ::shutdown(socket_, SHUT_RDWR);  // the server's process does not notice: it is waiting
  // It has looked, and found no name: its second session has asked, and is idle.
  ASSERT_TRUE(comes_true([&] {
    return ask("select count(*) from pg_stat_activity where query like 'with seen as%' and state = 'idle' "
               "and datname = current_database()") == "1";
  }));
  EXPECT_EQ(prepared(), "0");
  gate_.reset();
  EXPECT_EQ(prepared_as.get(), "prepared");
  branch->commit();
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(DoubtOnPostgres, WhatIsNotFoundOutInTimeIsLeftToRecovery) {
  doubt_timeout_ = milliseconds(200);
  use_gate_before();
  auto branch = working();
  auto prepared_as = preparing(*branch);
  ASSERT_TRUE(comes_true([&] { return waits("advisory"); }));
  ::shutdown(socket_, SHUT_RDWR);
  EXPECT_EQ(prepared_as.get(), "VOW-5219");
  branch->rollback();  // there is nothing yet
  gate_.reset();
  ASSERT_TRUE(comes_true([&] { return prepared() == "1"; }));
  const auto left = on().list_prepared();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].which, one);
  on().rollback_prepared(left[0].which);
  EXPECT_EQ(prepared(), "0");
  EXPECT_EQ(balances(), "");
}

TEST_F(DoubtOnPostgres, ConnectionLostInCommitAfterItWasMade) {
  use_gate_after();
  auto branch = working();
  ASSERT_EQ(branch->prepare(), ballot::prepared);
  shut_gate_after();
  auto end = committing(*branch);
  ASSERT_TRUE(comes_true([&] { return waits("SyncRep"); }));
  ask("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");
  EXPECT_EQ(end.get(), "committed");
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(DoubtOnPostgres, ServerKilledInCommit) {
  use_gate_after();
  auto branch = working();
  ASSERT_EQ(branch->prepare(), ballot::prepared);
  shut_gate_after();
  auto end = committing(*branch);
  ASSERT_TRUE(comes_true([&] { return waits("SyncRep"); }));
  server_.kill();
  server_.start(usual());
  EXPECT_EQ(end.get(), "committed");
  EXPECT_EQ(balances(), "1=10");
}

TEST_F(DoubtOnPostgres, AServerThatIsDownLeavesTheCommitToBeRepeated) {
  use_gate_after_in(milliseconds(100));
  auto branch = working();
  ASSERT_EQ(branch->prepare(), ballot::prepared);
  server_.kill();
  try {
    branch->commit();
    ADD_FAILURE();
  } catch (const error& why) {
    EXPECT_EQ(why.code(), "VOW-5221");
    EXPECT_FALSE(why.retryable()) << "the transaction has its outcome; it must not be run again";
  }
  server_.start(usual());
  branch->commit();
  EXPECT_EQ(balances(), "1=10");
}

}  // namespace
}  // namespace vow::postgres
