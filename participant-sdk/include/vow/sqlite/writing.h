// A write transaction of SQLite's in which a program's statements run: a branch's until prepare(), or the
// local one of an action's step.
//
// It begins with BEGIN IMMEDIATE, since a transaction that writes only later fails once another has written;
// and once no prepared branch holds the database.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "vow/sqlite/database.h"
#include "vow/sqlite/ends.h"

namespace vow::sqlite {

class writing {
 public:
  using clock = database::clock;
  // The first thing that is done in it. Returns who holds the database, so that it must wait and begin anew;
  // empty: nobody does.
  using look = std::function<std::string(engine& on)>;

  // Waits, as long as `options` allow and never past `until`, for the connection and for whoever holds the
  // database. Keys that are touched are noted in `noting`, unless it is null.
  writing(database& in, clock::time_point until, const std::string& xid, const look& first, touched* noting);
  // What was not committed is undone.
  ~writing();
  writing(const writing&) = delete;
  writing& operator=(const writing&) = delete;

  [[nodiscard]] sqlite3* connection() const { return turn_->connection(); }
  [[nodiscard]] engine& on() const { return turn_->on(); }
  // Throws if the program's statements have left nothing that could be committed.
  void check_still_whole(const std::string& xid) const;

 private:
  // Empty: it has begun.
  [[nodiscard]] std::string try_to_begin(clock::time_point until, const look& first);
  void undo() noexcept;

  database& in_;
  std::unique_ptr<database::turn> turn_;
};

inline writing::writing(database& in, clock::time_point until, const std::string& xid, const look& first,
                        touched* noting)
    : in_(in) {
  until = std::min(until, clock::now() + in.how().wait_max);
  line::place place(in.waiting());
  for (;;) {
    turn_ = std::make_unique<database::turn>(in, place, until, xid);
    std::string holder;
    try {
      holder = in.as_vow([&] { return try_to_begin(until, first); });
    } catch (const engine_error& why) {
      undo();
      const bool is_busy = why.code == SQLITE_BUSY || why.code == SQLITE_LOCKED;
      if (is_busy) throw failures::busy(in.path(), "another program writes to it", xid);
      throw failures::not_prepared(in.path(), why.what(), xid);
    } catch (...) {
      undo();
      throw;
    }
    if (holder.empty()) break;
    in.waiting().is_held(holder);
    undo();  // whoever ends the holder needs the turn
  }
  in.begin_work(xid, noting);
}

inline writing::~writing() { undo(); }

inline std::string writing::try_to_begin(clock::time_point until, const look& first) {
  detail::reset_statements(connection());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock::now());
  sqlite3_busy_timeout(connection(), static_cast<int>(std::max<std::int64_t>(0, left.count())));
  statement begin(on(), "BEGIN IMMEDIATE");
  const int result = begin.try_run();
  sqlite3_busy_timeout(connection(), static_cast<int>(in_.how().wait_max.count()));
  if (result != SQLITE_DONE) throw engine_error(connection(), result);
  in_.known().refresh(on());  // before `first` may make the table vow_branch
  return first(on());
}

// SQLite would check deferred foreign keys at a COMMIT; that of a branch's own transaction never comes.
inline void writing::check_still_whole(const std::string& xid) const {
  if (sqlite3_get_autocommit(connection()) != 0) {
    throw rolled_back(
        {.code = "VOW-5262",
         .what = "SQLite has rolled back the work in " + in_.path() +
                 ": a statement or trigger failed with ROLLBACK as its conflict clause, or there was no room",
         .hint = "use ABORT in its place, which undoes the statement alone; run the transaction again",
         .xid = xid});
  }
  int violations = 0;
  int highest = 0;
  sqlite3_db_status(connection(), SQLITE_DBSTATUS_DEFERRED_FKS, &violations, &highest, 0);
  if (violations == 0) return;
  throw rolled_back({.code = "VOW-5253",
                     .what = "the work in " + in_.path() + " leaves deferred foreign keys that lead nowhere",
                     .hint = "insert the rows that are referred to, before the transaction commits",
                     .xid = xid});
}

inline void writing::undo() noexcept {
  if (!turn_) return;
  in_.as_vow([&] {
    detail::reset_statements(connection());
    if (sqlite3_get_autocommit(connection()) == 0) {
      sqlite3_exec(connection(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
  });
  turn_.reset();
}

}  // namespace vow::sqlite
