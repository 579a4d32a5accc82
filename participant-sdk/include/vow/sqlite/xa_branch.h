// One transaction's work on one SQLite database.
//
//   working ──prepare()──▶ prepared ──commit()──▶ ended
//      │  prepare() threw, read only   ──rollback()──▶ ended
//      └──rollback(), destructor──▶ ended
//
//   working    a write transaction of SQLite's is open, so nobody else writes; the turn is ours
//   prepared   that transaction is over, without a trace of the work in the user's tables; the kept rows and
//   the
//              guards are committed, and nobody else writes. Nothing of it is held in this process
//
// It begins with BEGIN IMMEDIATE, since a transaction that writes only later fails once another has written.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "vow/sqlite/database.h"
#include "vow/sqlite/ends.h"

namespace vow::sqlite {

class xa_branch final : public vow::branch {
 public:
  // Waits, as long as `options` allow and never past `until`, for the connection and for whoever holds the
  // database. Throws already_prepared if an earlier call for this branch has left it so.
  xa_branch(database& in, preparation as, database::clock::time_point until);
  ~xa_branch() override;

  // For statements of the user's, until prepare() or rollback(). What permissions.h refuses fails with
  // SQLITE_AUTH.
  [[nodiscard]] sqlite3* connection() const { return turn_->connection(); }
  // As sqlite3_exec; throws with SQLite's message, or with why a statement was refused.
  void execute(const std::string& sql);
  // Why the last statement that failed with SQLITE_AUTH did.
  [[nodiscard]] const std::string& refusal() const { return in_.refusal(); }
  [[nodiscard]] const preparation& name() const { return as_; }

  [[nodiscard]] ballot prepare() override;
  void commit() override { commit_prepared(in_, as_); }
  void rollback() override;

 private:
  void begin(database::clock::time_point until);
  // True once nobody holds the database.
  bool try_begin(std::string& holder);
  void check_record() const;
  void check_still_whole(sqlite3* on) const;
  ballot keep(sqlite3* on);
  void give_up() noexcept;

  database& in_;
  const preparation as_;
  std::optional<database::turn> turn_;
  std::unique_ptr<touched> touched_;
  bool is_prepared_ = false;
};

inline xa_branch::xa_branch(database& in, preparation as, database::clock::time_point until)
    : in_(in), as_(std::move(as)) {
  until = std::min(until, database::clock::now() + in.how().wait_max);
  try {
    begin(until);
  } catch (const engine_error& why) {
    const std::string said = why.what();
    const bool is_busy = why.code == SQLITE_BUSY || why.code == SQLITE_LOCKED;
    give_up();
    if (is_busy) throw failures::busy(in_.path(), "another program writes to it", as_.xid);
    throw failures::not_prepared(in_.path(), said, as_.xid);
  } catch (...) {
    give_up();
    throw;
  }
}

inline xa_branch::~xa_branch() { give_up(); }

inline void xa_branch::begin(database::clock::time_point until) {
  std::string holder;
  for (;;) {
    turn_.emplace(in_, until, as_.xid);
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - database::clock::now());
    sqlite3_busy_timeout(connection(), static_cast<int>(std::max<std::int64_t>(0, left.count())));
    const bool begun = in_.as_vow([&] { return try_begin(holder); });
    sqlite3_busy_timeout(connection(), static_cast<int>(in_.how().wait_max.count()));
    if (begun) break;
    turn_.reset();  // whoever ends the holder needs it
    if (database::clock::now() >= until) throw failures::busy(in_.path(), "it is held by " + holder, as_.xid);
    // Another process may end it, which nobody tells.
    in_.wait_for_change(std::min(until, database::clock::now() + std::chrono::milliseconds(10)));
  }
  touched_ = std::make_unique<touched>(in_.known());
  in_.begin_work(touched_.get());
}

inline bool xa_branch::try_begin(std::string& holder) {
  sqlite3* on = connection();
  detail::reset_statements(on);
  vow::sqlite::execute(on, "BEGIN IMMEDIATE");
  try {
    records::make(on);
    check_record();
    if (const auto found = records::holder(on)) {
      holder = found->which.name() + ", which is prepared and waits for the outcome of its transaction";
      vow::sqlite::execute(on, "ROLLBACK");
      return false;
    }
    in_.known().refresh(on);
    vow::sqlite::execute(on, "SAVEPOINT vow_work");
    return true;
  } catch (...) {
    sqlite3_exec(on, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

// The repeat rule: one branch works once.
inline void xa_branch::check_record() const {
  const auto found = records::find(connection(), as_);
  const std::string where = "the branch " + as_.branch + " in " + in_.path();
  if (found && found->is == records::state::prepared) {
    throw already_prepared({.code = "VOW-5255",
                            .what = where + " is prepared already, as " + found->which.name(),
                            .hint = "vote for that preparation; do not repeat the work",
                            .xid = as_.xid},
                           found->which);
  }
  if (found && found->is == records::state::cancelled) {
    throw rolled_back({.code = "VOW-5254",
                       .what = where + " was rolled back before its work began",
                       .hint = "nothing is to be done: the transaction is over",
                       .xid = as_.xid});
  }
  if (found) {
    throw vow::error({.code = "VOW-5256",
                      .what = where + " is committed already",
                      .hint = "nothing is to be done: an earlier call for this branch did the work",
                      .xid = as_.xid,
                      .outcome = vow::outcome::committed});
  }
  if (!records::is_past_deadline(connection(), as_.xid)) return;
  throw rolled_back({.code = "VOW-5257",
                     .what = where + " cannot begin: the deadline of its transaction is past",
                     .hint =
                         "run the transaction again with a longer timeout; if it should not have been past, "
                         "compare the clocks of this machine and of the coordinator",
                     .xid = as_.xid,
                     .retryable = true});
}

inline void xa_branch::execute(const std::string& sql) {
  char* text = nullptr;
  const int result = sqlite3_exec(connection(), sql.c_str(), nullptr, nullptr, &text);
  const std::string said = text == nullptr ? sqlite3_errstr(result) : text;
  sqlite3_free(text);
  if (result == SQLITE_OK) return;
  if ((result & 0xff) == SQLITE_AUTH) {
    throw misuse({.code = "VOW-5161",
                  .what = "a statement in a branch on " + in_.path() + " was refused: " + in_.refusal(),
                  .hint = "do that outside of a transaction of Vow's; nothing of the statement was done",
                  .xid = as_.xid});
  }
  throw vow::error(
      {.code = "VOW-5252",
       .what = "a statement in a branch on " + in_.path() + " failed: " + said,
       .hint = "nothing of the statement was done; go on without it, or let the transaction roll back",
       .xid = as_.xid});
}

inline ballot xa_branch::prepare() {
  try {
    const ballot is = in_.as_vow([&] { return keep(connection()); });
    is_prepared_ = is == ballot::prepared;
    give_up();
    return is;
  } catch (const vow::error&) {
    give_up();
    throw;
  } catch (const std::exception& why) {
    const std::string said = why.what();
    give_up();
    throw failures::not_prepared(in_.path(), said, as_.xid);
  }
}

// A branch that touched nothing has nothing to put in place, and nothing that it read is protected after
// this: SQLite's own transaction lets others write once it ends. So it votes read-only and is over.
inline ballot xa_branch::keep(sqlite3* on) {
  detail::reset_statements(on);
  check_still_whole(on);
  kept_rows kept = keeping::take(on, in_.known(), touched_->taken());
  vow::sqlite::execute(on, "ROLLBACK TO vow_work; RELEASE vow_work");
  keeping::compare_with_before(on, in_.known(), kept);
  if (kept.tables.empty() && kept.sequences.empty()) return ballot::read_only;
  records::clean(on, in_.how().retention);
  records::add(on, as_, records::state::prepared, kept.encode());
  guards::raise(on, in_.known(), as_.name());
  vow::sqlite::execute(on, "COMMIT");
  return ballot::prepared;
}

// SQLite would check deferred foreign keys at the COMMIT of the user's transaction, which never comes.
inline void xa_branch::check_still_whole(sqlite3* on) const {
  if (sqlite3_get_autocommit(on) != 0) {
    throw rolled_back(
        {.code = "VOW-5262",
         .what = "SQLite has rolled back the work in " + in_.path() +
                 ": a statement or trigger failed with ROLLBACK as its conflict clause, or there was no room",
         .hint = "use ABORT in its place, which undoes the statement alone; run the transaction again",
         .xid = as_.xid});
  }
  int violations = 0;
  int highest = 0;
  sqlite3_db_status(on, SQLITE_DBSTATUS_DEFERRED_FKS, &violations, &highest, 0);
  if (violations == 0) return;
  throw rolled_back({.code = "VOW-5253",
                     .what = "the work in " + in_.path() + " leaves deferred foreign keys that lead nowhere",
                     .hint = "insert the rows that are referred to, before the transaction commits",
                     .xid = as_.xid});
}

inline void xa_branch::rollback() {
  if (is_prepared_) rollback_prepared(in_, as_);
  give_up();
}

inline void xa_branch::give_up() noexcept {
  if (!turn_) return;
  in_.as_vow([&] {
    detail::reset_statements(connection());
    if (sqlite3_get_autocommit(connection()) == 0) {
      sqlite3_exec(connection(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
  });
  in_.begin_work(nullptr);
  touched_.reset();
  turn_.reset();
}

}  // namespace vow::sqlite
