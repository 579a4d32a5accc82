// Local transactions of recorded branches: what their work may do to them, and what becomes of them when
// servers, networks and other transactions get in the way.
#include "vow/mysql/record.h"

#include <atomic>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "participant-sdk/core/actions.h"
#include "tests/sdk/mysql/cutting_proxy.h"
#include "tests/sdk/mysql/fixture.h"

namespace vow::mysql {
namespace {

using ::testing::HasSubstr;
using vow::testing::CuttingProxy;

class RecordsInMariadb : public OnSharedServer {
 protected:
  RecordsInMariadb() { book_.make(); }

  static preparation recorded(std::chrono::milliseconds begun_ago = 0ms) {
    txn::Xid xid = *txn::parse_xid(new_preparation().xid);
    const auto now = std::chrono::system_clock::now().time_since_epoch() - begun_ago;
    xid.begin_ms = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::milliseconds>(now).count());
    return {to_string(xid), "-branch", 77};
  }
  static record::row prepared(const preparation& as) {
    return {as, record::kind::tcc, "take", record::state::prepared, {}};
  }
  using Work = std::function<void(MYSQL* db)>;
  static void attempt(record::book& in, const preparation& as, const Work& work) {
    in.transact(as, [&](void* handle, record::rows& table) {
      if (!table.add(prepared(as))) throw std::logic_error("there is a row");
      work(static_cast<MYSQL*>(handle));
    });
  }
  error error_of_attempt(const preparation& as, const Work& work) {
    return error_of([&] { attempt(book_, as, work); });
  }
  [[nodiscard]] std::string rows_of(const preparation& as) const {
    return database_.sql("SELECT COUNT(*) FROM vow_branch WHERE xid = '" + as.xid + "'").at(0).at(0);
  }
  static void take(MYSQL* db, int id) {
    run(db, "UPDATE accounts SET cents = cents - 1 WHERE id = " + std::to_string(id));
  }

  const std::shared_ptr<pool> pool_ = database_.make_pool({.accept = {}});
  record_book book_{pool_};
};

// --- what the work may do

TEST_F(RecordsInMariadb, LeaveTheSessionAsNew) {
  const preparation as = recorded();
  attempt(book_, as, [&](MYSQL* db) { take(db, 1); });
  EXPECT_THROW(attempt(book_, recorded(), [](MYSQL*) { throw std::logic_error("no"); }), std::logic_error);
  EXPECT_EQ(pool_->lent(), 0u);
  ASSERT_EQ(pool_->idle(), 1u);
  const lease after = pool_->take();
  EXPECT_EQ(run(after.get(), "SELECT @@autocommit")[0][0], "1");
  EXPECT_EQ(run(after.get(), "SELECT @@tx_isolation = @@global.tx_isolation")[0][0], "1");
  EXPECT_EQ(run(after.get(), "SELECT @@in_transaction")[0][0], "0");
}

TEST_F(RecordsInMariadb, AreNotOutwittedByCountsOfFoundRows) {
  const auto counting = [where = database_.where()] {
    MYSQL* const handle = ::mysql_init(nullptr);
    EXPECT_NE(::mysql_real_connect(handle, nullptr, where.user.c_str(), "", where.database.c_str(), 0,
                                   where.socket.c_str(), CLIENT_FOUND_ROWS),
              nullptr);
    return handle;
  };
  record_book counts(std::make_shared<pool>(counting, options{.accept = {}}));
  const preparation as = recorded();
  for (const bool is_first : {true, false}) {
    counts.transact(as, [&](void*, record::rows& table) { EXPECT_EQ(table.add(prepared(as)), is_first); });
  }
  EXPECT_EQ(rows_of(as), "1");
}

TEST_F(RecordsInMariadb, StayInTheirDatabaseWhereverTheWorkGoes) {
  const preparation as = recorded();
  book_.transact(as, [&](void* handle, record::rows& table) {
    run(static_cast<MYSQL*>(handle), "USE mysql");
    EXPECT_TRUE(table.add(prepared(as)));
    table.change(as, record::state::committed, {});
  });
  EXPECT_EQ(rows_of(as), "1");
}

TEST_F(RecordsInMariadb, GoByTheServersClockInWhateverTimeZone) {
  const auto elsewhere = [where = database_.where()] {
    MYSQL* const handle = connect_to(where)();
    run(handle, "SET time_zone = '+11:00'");
    return handle;
  };
  record_book book(std::make_shared<pool>(elsewhere, options{.accept = {}}));
  attempt(book, recorded(), [](MYSQL*) {});
  ASSERT_EQ(book.list_open().size(), 1u);
  EXPECT_LT(book.list_open()[0].age, 30s);
  EXPECT_LT(book_.list_open()[0].age, 30s);
  EXPECT_THROW(attempt(book, recorded(61s), [](MYSQL*) {}), std::logic_error) << "its deadline is past";
}

TEST_F(RecordsInMariadb, TellWorkThatEndsItsTransaction) {
  for (const char* end : {"COMMIT", "ROLLBACK", "BEGIN", "CREATE TABLE IF NOT EXISTS other (k INT)",
                          "SET autocommit = 1", "TRUNCATE TABLE accounts"}) {
    const preparation as = recorded();
    const error why = error_of_attempt(as, [&](MYSQL* db) {
      run(db, end);
      run(db, "INSERT INTO accounts VALUES (9, 9) ON DUPLICATE KEY UPDATE cents = cents + 1");
    });
    EXPECT_EQ(why.code(), "VOW-5271") << end;
    EXPECT_FALSE(why.retryable()) << end;
  }
}

TEST_F(RecordsInMariadb, CommitNothingThatComesAfterSuchAnEnd) {
  (void)error_of_attempt(recorded(), [&](MYSQL* db) {
    run(db, "ROLLBACK");
    take(db, 1);
  });
  EXPECT_EQ(database_.cents(1), "100");
}

// --- other transactions in the way

class DeadlockInMariadb : public RecordsInMariadb {
 protected:
  // Another session locks row 2, waits for row 1, and has changed more: the server will choose ours.
  void meet_another(MYSQL* db) {
    run(other_.get(), "BEGIN");
    run(other_.get(), "INSERT INTO accounts SELECT seq + 100, 1 FROM seq_1_to_50");
    take(other_.get(), 2);
    take(db, 1);
    waiting_ = std::async(std::launch::async, [this] {
      take(other_.get(), 1);
      run(other_.get(), "ROLLBACK");
    });
    ASSERT_TRUE(eventually(
        [&] {
          return database_.sql(
                     "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")[0]
                                                                                                        [0] !=
                 "0";
        },
        view_age));
  }

  connection other_ = database_.connect();
  std::future<void> waiting_;
};

TEST_F(DeadlockInMariadb, IsRetryableWhateverTheWorkThrows) {
  const preparation as = recorded();
  const error why = error_of_attempt(as, [&](MYSQL* db) {
    meet_another(db);
    if (try_run(db, "UPDATE accounts SET cents = 0 WHERE id = 2") != 0) throw std::runtime_error("odd");
  });
  EXPECT_EQ(why.code(), "VOW-5232");
  EXPECT_TRUE(why.retryable());
  EXPECT_THAT(why.what(), HasSubstr("odd"));
  EXPECT_EQ(rows_of(as), "0");
}

TEST_F(DeadlockInMariadb, LeavesNothingOfWorkThatGoesOnAfterIt) {
  const preparation as = recorded();
  const error why = error_of_attempt(as, [&](MYSQL* db) {
    meet_another(db);
    EXPECT_EQ(try_run(db, "UPDATE accounts SET cents = 0 WHERE id = 2"), number::deadlock);
    take(db, 3);
  });
  EXPECT_EQ(why.code(), "VOW-5271");
  EXPECT_EQ(database_.cents(3), "100");
  EXPECT_EQ(rows_of(as), "0");
}

TEST_F(RecordsInMariadb, WaitForLocksNoLongerThanTheyMay) {
  const connection other = database_.connect();
  run(other.get(), "BEGIN");
  take(other.get(), 1);
  const error why = error_of_attempt(recorded(), [](MYSQL* db) { take(db, 1); });
  EXPECT_EQ(why.code(), "VOW-5231");
  EXPECT_TRUE(why.retryable());
}

// Of these, one rolls back: a lock that two others wait for is gone without a row.
TEST_F(RecordsInMariadb, AreAddedOnceThoughTheFirstOneRollsBack) {
  for (int round = 0; round < 10; ++round) {
    const preparation as = recorded();
    std::atomic<int> added = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
      threads.emplace_back([&, i] {
        try {
          book_.transact(as, [&](void*, record::rows& table) {
            if (!table.add(prepared(as))) return;
            if (i < 2) throw std::logic_error("no");
            ++added;
          });
        } catch (const std::logic_error&) {
        } catch (const error& why) {
          EXPECT_TRUE(why.retryable()) << why.what();
        }
      });
    }
    threads.clear();
    EXPECT_LE(added, 1);
    EXPECT_EQ(rows_of(as), std::to_string(added));
  }
}

// --- a network in the way

class CutOffFromMariadb : public RecordsInMariadb {
 protected:
  using Cut = CuttingProxy::Cut;
  using Notice = CuttingProxy::Notice;
  CutOffFromMariadb() {
    const auto take_one = [](void* db, const branch_info&, std::string&) {
      take(static_cast<MYSQL*>(db), 1);
    };
    const auto give_one = [](void* db, const branch_info&, std::string&) {
      run(static_cast<MYSQL*>(db), "UPDATE accounts SET cents = cents + 1 WHERE id = 1");
    };
    const auto count = [this](void*, const branch_info&, std::string&) { ++confirmed_; };
    take_ = actions_.add({.name = "take",
                          .kind = record::kind::tcc,
                          .attempt = take_one,
                          .confirm = count,
                          .cancel = give_one});
  }
  parameters by_proxy() {
    parameters where = database_.where();
    where.socket.clear();
    where.port = proxy_.port();
    return where;
  }
  std::string state_of(const preparation& as) {
    const rows found = database_.sql("SELECT state FROM vow_branch WHERE xid = '" + as.xid + "'");
    return found.empty() ? "none" : found[0][0];
  }

  CuttingProxy proxy_{shared_server().socket()};
  record_book cut_off_{std::make_shared<pool>(connect_to(by_proxy()), options{.accept = {}})};
  sdk::Actions actions_{cut_off_};
  std::shared_ptr<const sdk::known_action> take_;
  int confirmed_ = 0;
};

TEST_F(CutOffFromMariadb, AnAttemptThatMayBeCommittedIsUndone) {
  for (const Cut where : {Cut::before_the_server, Cut::after_the_server}) {
    proxy_.cut_at("COMMIT", where, Notice::at_once);
    const preparation as = recorded();
    const error why = error_of([&] { (void)actions_.begin(take_, as, {}); });
    EXPECT_EQ(why.code(), "VOW-5019");
    EXPECT_EQ(why.outcome(), outcome::rolled_back);
    EXPECT_TRUE(why.retryable());
    EXPECT_EQ(state_of(as), "cancelled");
    EXPECT_EQ(database_.cents(1), "100");
  }
}

TEST_F(CutOffFromMariadb, AnAttemptWhoseSessionLivesOnIsUndoneLater) {
  proxy_.cut_at("COMMIT", Cut::before_the_server, Notice::when_told);
  const preparation as = recorded();
  const error why = error_of([&] { (void)actions_.begin(take_, as, {}); });
  EXPECT_EQ(why.code(), "VOW-5019");
  EXPECT_EQ(why.outcome(), outcome::rolled_back);
  EXPECT_EQ(state_of(as), "none");
  proxy_.let_the_server_notice();
  actions_.rollback(as);
  EXPECT_EQ(state_of(as), "cancelled");
  EXPECT_EQ(database_.cents(1), "100");
}

TEST_F(CutOffFromMariadb, AnEndThatMayBeCommittedIsFoundSo) {
  for (const Cut where : {Cut::before_the_server, Cut::after_the_server}) {
    const preparation as = recorded();
    const auto made = actions_.begin(take_, as, {});
    confirmed_ = 0;
    proxy_.cut_at("COMMIT", where, Notice::at_once);
    const error why = error_of([&] { made->commit(); });
    EXPECT_EQ(why.code(), "VOW-5270");
    EXPECT_EQ(why.outcome(), outcome::unknown);
    made->commit();
    EXPECT_EQ(confirmed_, where == Cut::before_the_server ? 2 : 1);
    EXPECT_EQ(state_of(as), "committed");
  }
}

// Fault 16: what follows would be committed alone.
TEST_F(CutOffFromMariadb, NoWorkGoesOnInASessionOfItsOwn) {
  proxy_.cut_at("UPDATE accounts SET cents = cents - 1", Cut::before_the_server, Notice::at_once);
  const preparation as = recorded();
  const error why = error_of([&] {
    attempt(cut_off_, as, [](MYSQL* db) {
      const char on = 1;
      ::mysql_options(db, MYSQL_OPT_RECONNECT, &on);  // the worst that it can do
      (void)try_run(db, "UPDATE accounts SET cents = cents - 1 WHERE id = 1");
      (void)try_run(db, "UPDATE accounts SET cents = cents - 1 WHERE id = 2");
    });
  });
  EXPECT_EQ(why.code(), "VOW-5271");
  EXPECT_EQ(rows_of(as), "0");
}

// --- the table

TEST_F(RecordsInMariadb, NeedATableThatCanBeRolledBack) {
  database_.sql("ALTER TABLE vow_branch ENGINE=MyISAM");
  EXPECT_EQ(error_of([&] { book_.make(); }).code(), "VOW-5144");
}

TEST_F(RecordsInMariadb, AreCleanedManyAtATime) {
  database_.sql(
      "INSERT INTO vow_branch SELECT LPAD(seq, 40, '0'), '-b', seq, 'tcc', 'take', 'committed', NULL, 1, 1 "
      "FROM seq_1_to_2500");
  const preparation open = recorded();
  attempt(book_, open, [](MYSQL*) {});
  book_.clean();
  EXPECT_EQ(database_.sql("SELECT COUNT(*) FROM vow_branch").at(0).at(0), "1");
  EXPECT_EQ(rows_of(open), "1");
}

TEST_F(RecordsInMariadb, AreCleanedBesideOthersThatEnd) {
  std::atomic<bool> stopping = false;
  const auto without_error = [](const std::function<void()>& doing) {
    try {
      doing();
    } catch (const std::exception& why) {
      ADD_FAILURE() << why.what();
    }
  };
  std::jthread cleaning([&] {
    while (!stopping) without_error([&] { book_.clean(); });
  });
  std::vector<std::jthread> ending;
  for (int i = 0; i < 4; ++i) {
    ending.emplace_back([&] {
      for (int nth = 0; nth < 100; ++nth) {
        const preparation as = recorded();
        without_error([&] {
          attempt(book_, as, [](MYSQL*) {});
          book_.transact(as, [&](void*, record::rows& table) {
            EXPECT_TRUE(table.find(as).has_value());
            table.change(as, nth % 2 == 0 ? record::state::committed : record::state::cancelled, {});
          });
        });
      }
    });
  }
  ending.clear();
  stopping = true;
}

}  // namespace
}  // namespace vow::mysql
