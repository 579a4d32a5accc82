// A process may be killed at any point: what it leaves is no branch, or a prepared one that any process ends.
#include <csignal>
#include <filesystem>
#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "participant-sdk/core/actions.h"
#include "tests/sdk/sqlite/databases.h"
#include "tests/sdk/sqlite/deadly_vfs.h"

#include "vow/sqlite/record.h"

namespace vow::sqlite {
namespace {

using ::testing::UnorderedElementsAre;

const std::string work =
    "UPDATE t SET u = u || 'x'; DELETE FROM t WHERE id = 2; INSERT INTO t(u) VALUES ('new'); INSERT INTO k "
    "SELECT u, id FROM t";

class CrashOnSqlite : public OnSqlite {
 protected:
  CrashOnSqlite() {
    make(
        "PRAGMA journal_mode=WAL; CREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT, u UNIQUE); CREATE "
        "TABLE "
        "k(k PRIMARY KEY, id) WITHOUT ROWID; INSERT INTO t(u) VALUES ('a'),('b'),('c')");
    before_ = content(path_);
    const std::string twin = directory_.path() + "/twin.db";
    std::filesystem::copy_file(path_, twin);
    EXPECT_EQ(plain(twin).run("BEGIN;" + work + ";COMMIT"), "");
    after_ = content(twin);
  }

  // True if `task` came to its end in a process of its own.
  static bool child_ends(const std::function<void()>& task) {
    const pid_t child = ::fork();
    if (child == 0) {
      try {
        task();
        ::_exit(0);
      } catch (const std::exception& why) {
        (void)!::write(2, why.what(), std::string_view(why.what()).size());
        ::_exit(1);
      }
    }
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << "the child failed";
    return WIFEXITED(status);
  }
  // Kills itself as it is about to run that instruction of SQLite's machine.
  static void die_at_instruction(sqlite3* on, int nth) {
    static int left;
    left = nth;
    sqlite3_progress_handler(
        on, 1, [](void*) { return --left > 0 ? 0 : ::kill(::getpid(), SIGKILL); }, nullptr);
  }
  void begin_again() {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(path_ + end);
    std::filesystem::copy_file(directory_.path() + "/saved.db", path_);
  }
  void save() { std::filesystem::copy_file(path_, directory_.path() + "/saved.db"); }

  std::string before_;
  std::string after_;
};

TEST_F(CrashOnSqlite, APreparedBranchSurvivesItsProcess) {
  const preparation as = new_preparation();
  ASSERT_FALSE(child_ends([&] {
    database on(path_);
    xa_branch branch(on, as, soon());
    branch.execute(work);
    if (branch.prepare() == ballot::prepared) ::kill(::getpid(), SIGKILL);
  }));
  EXPECT_EQ(content(path_), before_);
  database on(path_);
  ASSERT_EQ(list_prepared(on).size(), 1u);
  EXPECT_EQ(list_prepared(on)[0].which, as);
  commit_prepared(on, as);
  EXPECT_EQ(content(path_), after_);
}

TEST_F(CrashOnSqlite, AWorkingBranchLeavesNoTrace) {
  ASSERT_FALSE(child_ends([&] {
    database on(path_);
    xa_branch branch(on, new_preparation(), soon());
    branch.execute(work);
    ::kill(::getpid(), SIGKILL);
  }));
  EXPECT_EQ(content(path_), before_);
  database on(path_);
  EXPECT_TRUE(list_prepared(on).empty());
  EXPECT_EQ(plain(path_).run("DELETE FROM k"), "");
}

TEST_F(CrashOnSqlite, KilledAnywhereInPrepareItIsPreparedOrNot) {
  save();
  int prepared = 0;
  int kills = 0;
  for (int nth = 1, ended = 0; ended == 0; nth += 1 + nth / 8) {
    begin_again();
    const preparation as = new_preparation();
    ended = child_ends([&] {
      database on(path_);
      xa_branch branch(on, as, soon());
      branch.execute(work);
      die_at_instruction(branch.connection(), nth);
      EXPECT_EQ(branch.prepare(), ballot::prepared);
    });
    kills += ended == 0 ? 1 : 0;
    EXPECT_EQ(content(path_), before_) << nth;
    database on(path_);
    const bool is_there = !list_prepared(on).empty();
    prepared += is_there ? 1 : 0;
    EXPECT_EQ(plain(path_).run("BEGIN; DELETE FROM t; ROLLBACK").empty(), !is_there) << nth;
    if (is_there) commit_prepared(on, as);
    EXPECT_EQ(content(path_), is_there ? after_ : before_) << nth;
    EXPECT_EQ(plain(path_).run("DELETE FROM k"), "") << nth;
  }
  EXPECT_GT(kills, 20);
  EXPECT_GT(prepared, 0);
}

TEST_F(CrashOnSqlite, KilledAnywhereInCommitItIsCommittedByTheNextOne) {
  preparation as;
  {
    database on(path_);
    as = prepare(on, work);
  }
  save();
  int kills = 0;
  for (int nth = 1, ended = 0; ended == 0; nth += 1 + nth / 8) {
    begin_again();
    ended = child_ends([&] {
      database on(path_, {.on_open = [&](sqlite3* opened) { die_at_instruction(opened, nth); }});
      commit_prepared(on, as);
    });
    kills += ended == 0 ? 1 : 0;
    database on(path_);
    commit_prepared(on, as);
    EXPECT_EQ(content(path_), after_) << nth;
  }
  EXPECT_GT(kills, 20);
}

// Instructions do not see into a COMMIT, which writes and syncs in one of them.
TEST_F(CrashOnSqlite, KilledAtAnyWriteOrSyncItIsCommittedByTheNextOne) {
  preparation as;
  {
    database on(path_);
    as = prepare(on, work);
  }
  save();
  int kills = 0;
  for (int nth = 1, ended = 0; ended == 0; ++nth) {
    begin_again();
    ended = child_ends([&] {
      vow::testing::DeadlyVfs deadly(nth);
      database on(path_, {.vfs = deadly.name()});
      commit_prepared(on, as);
    });
    kills += ended == 0 ? 1 : 0;
    database on(path_);
    commit_prepared(on, as);
    EXPECT_EQ(content(path_), after_) << nth;
  }
  EXPECT_GT(kills, 5);
}

TEST_F(CrashOnSqlite, KilledAtAnyWriteOrSyncOfPrepareItIsPreparedOrNot) {
  save();
  int kills = 0;
  for (int nth = 1, ended = 0; ended == 0; ++nth) {
    begin_again();
    const preparation as = new_preparation();
    ended = child_ends([&] {
      vow::testing::DeadlyVfs deadly(nth);
      database on(path_, {.vfs = deadly.name()});
      xa_branch branch(on, as, soon());
      branch.execute(work);
      EXPECT_EQ(branch.prepare(), ballot::prepared);
    });
    kills += ended == 0 ? 1 : 0;
    database on(path_);
    const bool is_there = !list_prepared(on).empty();
    EXPECT_EQ(content(path_), before_) << nth;
    EXPECT_EQ(plain(path_).run("BEGIN; DELETE FROM t; ROLLBACK").empty(), !is_there) << nth;
    if (is_there) commit_prepared(on, as);
    EXPECT_EQ(content(path_), is_there ? after_ : before_) << nth;
  }
  EXPECT_GT(kills, 5);
}

// --- actions: what they have done and what is on record of it is one

class CrashInActionOnSqlite : public CrashOnSqlite {
 protected:
  CrashInActionOnSqlite() {
    EXPECT_EQ(plain(path_).run("CREATE TABLE done(what)"), "");
    save();
  }
  // An action of which each step notes itself, in a process that dies at its nth write or sync.
  struct Process {
    Process(const std::string& path, const char* vfs)
        : on(path, {.vfs = vfs}), book(on, std::chrono::hours(1)) {
      const auto noting = [](const char* step) {
        return [step](void* handle, const branch_info&, std::string& bytes) {
          execute(static_cast<sqlite3*>(handle), std::string("INSERT INTO done VALUES ('") + step + "')");
          bytes += step;
        };
      };
      action = actions.add({.name = "note",
                            .kind = record::kind::tcc,
                            .attempt = noting("attempted"),
                            .confirm = noting("confirmed"),
                            .cancel = noting("cancelled")});
      book.make();
    }
    database on;
    record_book book;
    sdk::Actions actions{book};
    std::shared_ptr<const sdk::known_action> action;
  };
  // The record, and the steps that were done.
  std::string found() {
    return plain(path_).text(
        "SELECT coalesce((SELECT state FROM vow_branch), 'none') || ': ' || coalesce((SELECT "
        "group_concat(what, ' ') FROM done), 'nothing')");
  }
  using Step = std::function<void(Process& in)>;
  // All that is found after deaths at each write of `step`, and what another process makes of it by `after`.
  std::set<std::string> found_after_deaths(const Step& before, const Step& step, const Step& after) {
    std::set<std::string> all;
    int kills = 0;
    for (int nth = 1, ended = 0; ended == 0; ++nth) {
      begin_again();
      if (before) {
        Process first(path_, nullptr);
        before(first);
      }
      ended = child_ends([&] {
        vow::testing::DeadlyVfs deadly(nth);
        Process in(path_, deadly.name());
        step(in);
      });
      kills += ended == 0 ? 1 : 0;
      Process next(path_, nullptr);
      const std::string left = found();
      after(next);
      all.insert(left + " -> " + found());
    }
    EXPECT_GT(kills, 5);
    return all;
  }

  const preparation as_{new_preparation().xid, "-branch", 9};
  const Step attempt_ = [&](Process& in) { (void)in.actions.begin(in.action, as_, ""); };
  const Step confirm_ = [&](Process& in) { in.actions.commit(as_); };
  const Step cancel_ = [&](Process& in) { in.actions.rollback(as_); };
};

TEST_F(CrashInActionOnSqlite, AnAttemptIsDoneWithItsRecordOrNotAtAll) {
  EXPECT_THAT(found_after_deaths(nullptr, attempt_, cancel_),
              UnorderedElementsAre("none: nothing -> cancelled: nothing",
                                   "prepared: attempted -> cancelled: attempted cancelled"));
}

TEST_F(CrashInActionOnSqlite, ItIsConfirmedOnceByTheNextOne) {
  EXPECT_THAT(found_after_deaths(attempt_, confirm_, confirm_),
              UnorderedElementsAre("prepared: attempted -> committed: attempted confirmed",
                                   "committed: attempted confirmed -> committed: attempted confirmed"));
}

TEST_F(CrashInActionOnSqlite, ItIsCancelledOnceByTheNextOne) {
  EXPECT_THAT(found_after_deaths(attempt_, cancel_, cancel_),
              UnorderedElementsAre("prepared: attempted -> cancelled: attempted cancelled",
                                   "cancelled: attempted cancelled -> cancelled: attempted cancelled"));
}

}  // namespace
}  // namespace vow::sqlite
