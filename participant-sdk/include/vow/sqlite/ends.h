// Ends branches by their names, whoever prepared them: this process, or one that is gone.
//
// Each end is one transaction of SQLite's: killed in the midst, it has not begun; repeated, it finds itself
// done.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "vow/sqlite/database.h"
#include "vow/sqlite/kept_rows.h"
#include "vow/sqlite/records.h"

namespace vow::sqlite {

namespace detail {

// A write transaction of the adapter's own; undone unless it was committed.
class transaction {
 public:
  explicit transaction(engine& on) : on_(on) { statement(on, "BEGIN IMMEDIATE").run(); }
  ~transaction() {
    if (sqlite3_get_autocommit(on_) == 0) sqlite3_exec(on_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  void commit() { statement(on_, "COMMIT").run(); }

 private:
  engine& on_;
};

// Foreign keys, triggers and checks have done their work: they stay away while its rows are put in place.
// Must be made outside of a transaction, where alone foreign keys can be switched. All statements have to be
// compiled again for it.
class quiet {
 public:
  quiet(engine& on, bool foreign_keys) : on_(on), foreign_keys_(foreign_keys) {
    execute(on_, "PRAGMA foreign_keys = OFF");
    execute(on_, "PRAGMA ignore_check_constraints = ON");
    sqlite3_db_config(on_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  }
  ~quiet() {
    sqlite3_db_config(on_, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, nullptr);
    sqlite3_exec(on_, "PRAGMA ignore_check_constraints = OFF", nullptr, nullptr, nullptr);
    if (foreign_keys_) sqlite3_exec(on_, "PRAGMA foreign_keys = ON", nullptr, nullptr, nullptr);
  }
  quiet(const quiet&) = delete;
  quiet& operator=(const quiet&) = delete;

 private:
  engine& on_;
  const bool foreign_keys_;
};

// Also what a user's statements left open: they could keep a transaction from ending.
inline void reset_statements(sqlite3* on) {
  for (sqlite3_stmt* each = sqlite3_next_stmt(on, nullptr); each != nullptr;
       each = sqlite3_next_stmt(on, each)) {
    if (sqlite3_stmt_busy(each) != 0) sqlite3_reset(each);
  }
}

inline void put_in_place(database& in, engine& on, const records::found_row& is) {
  const kept_rows kept = kept_rows::decode(is.payload);
  const std::string changed = keeping::changed_since(on, in.known(), kept);
  if (!changed.empty()) throw failures::changed_behind(in.path(), changed, is.which.xid);
  try {
    keeping::put_in_place(on, in.known(), kept);
  } catch (const engine_error& why) {
    if (why.code != SQLITE_CONSTRAINT) throw;
    throw failures::changed_behind(in.path(), std::string("rows or indices (") + why.what() + ")",
                                   is.which.xid);
  }
  std::uint64_t dangling = 0;
  for (const kept_rows::of_table& each : kept.tables) {
    dangling += references::dangling(on, *in.known().find(each.name), each.rows);
  }
  if (dangling > kept.dangling) {
    throw failures::changed_behind(in.path(), "rows that its rows refer to", is.which.xid);
  }
}

// Why that preparation cannot be committed, if it is not prepared.
inline error cannot_commit(const database& in, const preparation& which, const records::found_row* found) {
  if (found == nullptr) {
    return failures::not_ended(
        "VOW-5258",
        "nothing is on record in " + in.path() + " of " + which.name() +
            ": it was committed so long ago that its row is cleaned away, or the file is "
            "not the one that it was prepared in",
        "check that the file was not replaced or restored from a backup; then mark the "
        "branch as ended with `vow tx resolve`",
        which.xid, false);
  }
  return failures::not_ended("VOW-5259",
                             which.name() + " cannot be committed in " + in.path() +
                                 ": the branch is on record as " + found->which.name() + ", " +
                                 std::string(record::name(found->is)),
                             "this should never happen; keep the file and report it", which.xid, false);
}

// `which`: null if no branch is to be ended, but all that are prepared are to be listed.
template <class Work>
void between_branches(database& in, const preparation* which, Work&& work) {
  const std::string xid = which == nullptr ? std::string() : which->xid;
  const auto not_now = [&](const std::string& why, const std::string& hint) {
    const std::string what =
        which == nullptr ? "what is prepared could not be listed" : which->name() + " could not be ended";
    return failures::not_ended("VOW-5263", what + " in " + in.path() + " now: " + why, hint, xid, true);
  };
  try {
    const database::turn turn(in, database::clock::time_point::max(), xid);
    in.as_vow([&] {
      reset_statements(turn.on());
      work(turn.on());
    });
  } catch (const rolled_back&) {  // no turn: nothing is known of any prepared branch
    throw not_now("a branch of this process is at work in it", "it is tried again by itself");
  } catch (const engine_error& why) {
    const bool is_busy = why.code == SQLITE_BUSY || why.code == SQLITE_LOCKED;
    throw not_now(why.what(), is_busy ? "another program writes to the database; it is tried again by itself"
                                      : "mend what SQLite names; it is tried again by itself");
  } catch (const std::runtime_error& why) {
    if (dynamic_cast<const vow::error*>(&why) != nullptr) throw;
    throw failures::not_ended("VOW-5264",
                              "what " + (which == nullptr ? "a prepared branch" : which->name()) +
                                  " keeps in " + in.path() + " cannot be read: " + why.what(),
                              "end it with the version of Vow that prepared it", xid, false);
  }
}

template <class Work>
void ending(database& in, const preparation& which, Work&& work) {
  between_branches(in, &which, std::forward<Work>(work));
  in.waiting().may_be_free();
}

// The guards let it pass, since the hold ends first. False: there are rules that are not quiet, and nothing
// was done.
inline bool try_to_commit(database& in, engine& on, const preparation& which, bool is_quiet) {
  transaction all(on);
  const auto found = records::exist(on) ? records::find(on, which) : std::nullopt;
  const bool is_that = found && found->which == which && found->is != record::state::cancelled;
  if (!is_that) throw cannot_commit(in, which, found ? &*found : nullptr);
  if (found->is == record::state::committed) return true;
  in.known().refresh(on);
  if (in.known().has_rules() && !is_quiet) return false;
  records::finish(on, which, record::state::committed);
  put_in_place(in, on, *found);
  all.commit();
  return true;
}

}  // namespace detail

// Returns once it is durable; also if it was before.
inline void commit_prepared(database& in, const preparation& which) {
  detail::ending(in, which, [&](engine& on) {
    const bool had_no_rules = !in.known().has_rules();  // when they were last seen
    if (had_no_rules && detail::try_to_commit(in, on, which, false)) return;
    const detail::quiet quiet(on, in.foreign_keys());
    (void)detail::try_to_commit(in, on, which, true);
  });
}

// Likewise. Of a branch that has not worked yet it leaves a mark, so that it never will.
inline void rollback_prepared(database& in, const preparation& which) {
  detail::ending(in, which, [&](engine& on) {
    detail::transaction all(on);
    records::make(on);
    const auto found = records::find(on, which);
    if (found && (found->which != which || found->is == record::state::cancelled)) return;
    if (found && found->is == record::state::committed) {
      throw failures::not_ended("VOW-5261",
                                which.name() + " cannot be rolled back in " + in.path() + ": it is committed",
                                "this should never happen; keep the file and report it", which.xid, false);
    }
    if (found) {
      records::finish(on, which, record::state::cancelled);
    } else if (!records::is_past_deadline(on, which.xid)) {
      records::add(on, which, record::state::cancelled, {});
    }
    all.commit();
  });
}

// What is prepared: one branch, or none.
[[nodiscard]] inline std::vector<records::found_row> list_prepared(database& in) {
  std::vector<records::found_row> all;
  detail::between_branches(in, nullptr, [&](engine& on) {
    if (!records::exist(on)) return;
    if (auto holder = records::holder(on)) all.push_back(*std::move(holder));
  });
  return all;
}

// A lock on a file beside the database, not a row in it: that would need the database's one writer for as
// long as the task lasts, and would have to be cleaned up after a crash. This one ends with its process.
inline void alone(const database& in, const std::function<void()>& task) {
  const std::string path = in.path() + "-vow-recovery";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  struct closing {
    int file;
    ~closing() {
      if (file != -1) ::close(file);
    }
  } const at_end{file};
  if (file == -1) {
    throw failures::unusable("VOW-5158", "the file " + path + " cannot be made or opened",
                             "let this process make files in the directory of its database");
  }
  if (::flock(file, LOCK_EX | LOCK_NB) == 0) task();
}

}  // namespace vow::sqlite
