// Work that is all of its transaction: committed by itself, with a row that tells.
#include "coordinator/txn/xid.h"
#include "tests/sdk/postgres/fixture.h"

#include "vow/postgres/record.h"

namespace vow::postgres {
namespace {

class Alone : public OnPostgres {
 protected:
  Alone() { record_book(on()).make(); }
  static std::string xid_of_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    txn::Xid xid;
    xid.begin_ms = static_cast<std::uint64_t>(std::chrono::duration_cast<milliseconds>(now).count());
    xid.timeout_s = 60;
    xid.term = 1;
    xid.session = 1;
    xid.sequence = ++sequence_;
    return txn::to_string(xid);
  }
  std::unique_ptr<xa_branch> at_work() {
    auto branch = begin(as_);
    branch->work().exec("insert into account values (1, 10)");
    return branch;
  }
  [[nodiscard]] std::string row() const {
    return ask("select state from vow_branch where xid = '" + as_.xid + "'");
  }
  // Of the session in which the branch works.
  void kill(const std::string& where) const {
    ask("select pg_terminate_backend(pid) from pg_stat_activity where " + where);
  }

  static inline std::uint32_t sequence_ = 0;
  const preparation as_{xid_of_now(), "b", 1};
};

TEST_F(Alone, IsCommittedWithItsRowAndNothingPrepared) {
  const auto branch = at_work();
  branch->commit_alone();
  EXPECT_EQ(balances(), "1=10");
  EXPECT_EQ(row(), "committed");
  EXPECT_EQ(prepared(), "0");
}

TEST_F(Alone, LeavesNoRowIfItOnlyRead) {
  const auto branch = begin(as_);
  branch->work().exec("select * from account");
  branch->commit_alone();
  EXPECT_EQ(row(), "");
}

TEST_F(Alone, IsPreparedAsUsualWhereThereIsNoTable) {
  ask("drop table vow_branch");
  record_book(on()).look_for_table();
  const auto branch = at_work();
  EXPECT_FALSE(branch->can_commit_alone());
  EXPECT_EQ(branch->prepare(), ballot::prepared);
}

TEST_F(Alone, LeavesNothingIfAConstraintSpeaksUpAtTheEnd) {
  ask("create table pair (id int primary key, other int references pair deferrable initially deferred)");
  const auto branch = begin(as_);
  branch->work().exec("insert into pair values (1, 2)");
  EXPECT_EQ(code_of([&] { branch->commit_alone(); }), "VOW-5216");
  EXPECT_EQ(row(), "");
  EXPECT_EQ(ask("select count(*) from pair"), "0");
}

TEST_F(Alone, LeavesNothingIfItsSessionWasKilledBefore) {
  const auto branch = at_work();
  kill("state = 'idle in transaction' and datname = current_database()");
  EXPECT_EQ(code_of([&] { branch->commit_alone(); }), "VOW-5218");
  EXPECT_EQ(balances(), "");
  EXPECT_EQ(row(), "");
}

TEST_F(Alone, IsNotCommittedAfterItsDeadline) {
  preparation late = as_;
  late.xid = "00000008000000c1m3nqpl1o0000000u0001g002";
  const auto branch = begin(late);
  branch->work().exec("insert into account values (1, 10)");
  EXPECT_EQ(code_of([&] { branch->commit_alone(); }), "VOW-5227");
  EXPECT_EQ(balances(), "");
}

TEST_F(Alone, WorksUnderARoleThatMayNotWriteTheTable) {
  ask("create role clerk");
  ask("grant all on account to clerk");
  const auto branch = begin(as_);
  branch->work().exec("set role clerk; insert into account values (1, 10)");
  branch->commit_alone();
  EXPECT_EQ(row(), "committed");
  ask("drop owned by clerk; drop role clerk");
}

TEST_F(Alone, SettlesACommitWhoseAnswerWasLost) {
  const auto branch = at_work();
  wait_for_nobody();
  bool is_committed = false;
  {
    std::jthread committing([&] { branch->commit_alone(), is_committed = true; });
    EXPECT_TRUE(comes_true([&] { return waits("SyncRep"); }));
    ask("alter system reset synchronous_standby_names");
    kill("wait_event = 'SyncRep'");
    ask("select pg_reload_conf()");
  }
  EXPECT_TRUE(is_committed);
  EXPECT_EQ(balances(), "1=10");
  EXPECT_EQ(row(), "committed");
}

TEST_F(Alone, SaysSoIfNobodyTellsWhatBecameOfIt) {
  options impatient;
  impatient.doubt_timeout = milliseconds(50);
  database_ = another(impatient);
  record_book(on()).make();
  const auto branch = at_work();
  wait_for_nobody();
  std::string code;
  {
    std::jthread committing([&] { code = code_of([&] { branch->commit_alone(); }); });
    EXPECT_TRUE(comes_true([&] { return waits("SyncRep"); }));
    server_.kill();
  }
  EXPECT_EQ(code, "VOW-5228");
  server_.start(usual());
  ask("alter system reset synchronous_standby_names");
  ask("select pg_reload_conf()");
  record_book book(on());
  EXPECT_EQ(record::settle_alone(book, as_), outcome::committed);
  EXPECT_EQ(balances(), "1=10");
}

}  // namespace
}  // namespace vow::postgres
