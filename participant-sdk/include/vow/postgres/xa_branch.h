// A transaction's work in one PostgreSQL database, prepared by the database itself.
//
//               prepare()                     commit(), rollback()
//   working ──────────────▶ prepared ────────────────────────────────▶ ended
//      │  │ nothing written nor locked, or rollback()                    ▲ ▲
//      │  └──────────────────────────────────────────────────────────────┘ │
//      │  connection lost in PREPARE, not found out in time      rollback() │
//      └────────────────────────────▶ in_doubt ─────────────────────────────┘
//
//   working    a connection of the pool is inside the transaction; with it, the work is lost
//   prepared   the name is in the server's list, on its disk; no connection is held
//   in_doubt   prepare() has thrown. The branch has not voted, so its transaction rolls back; recovery rolls
//              back what comes to be prepared
//   ended      nothing is left to be done
//
// When the connection is lost inside PREPARE, a name that is not found proves nothing: the server's process
// may still be at it, and the name appear later. The name proves that it is prepared. That it never will be
// is proven by its transaction's number, if the server calls that aborted, or by its process, if the server
// has it no more (after a crash the number alone would not do: it may be given out again). While neither is
// so, prepare() waits, and at last leaves it in doubt. The number also tells, when a commit finds no such
// name, whether it is committed already: what was prepared has its number for ever.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <pqxx/pqxx>

#include "vow/branch.h"
#include "vow/postgres/beginning.h"
#include "vow/postgres/database.h"
#include "vow/postgres/record.h"

namespace vow::postgres {

class xa_branch : public vow::branch {
 public:
  // Begins the work, whatever is there.
  [[nodiscard]] static std::unique_ptr<xa_branch> begin(database& on, const preparation& as,
                                                        std::chrono::milliseconds lock_timeout) {
    return std::unique_ptr<xa_branch>(
        new xa_branch(on, as, beginning::begin(on.pool(), as, lock_timeout, beginning::guard::none)));
  }

  // Begins it unless the same branch is prepared already, or is being worked on: for requests that may come
  // twice.
  struct attempt;
  [[nodiscard]] static attempt begin_unless_there(database& on, const preparation& as,
                                                  std::chrono::milliseconds lock_timeout);

  // The server ends what was not prepared when it sees the connection closed.
  ~xa_branch() override = default;

  // What the user's code works with. It may not end the transaction.
  [[nodiscard]] pqxx::transaction_base& work() { return *work_; }

  [[nodiscard]] ballot prepare() override;
  // Where the table vow_branch is there: a row in it tells afterwards.
  [[nodiscard]] bool can_commit_alone() const override { return database_.keeps_records(); }
  void commit_alone() override;
  void commit() override;
  void rollback() override;
  [[nodiscard]] bool is_transient(const std::exception& why) const override {
    const std::string sqlstate = pqxx_shim::sqlstate_of(why);
    return dynamic_cast<const pqxx::broken_connection*>(&why) != nullptr || sqlstate.starts_with("40") ||
           sqlstate.starts_with("57P") || sqlstate == "55P03";
  }

 private:
  enum class state : std::uint8_t { working, prepared, in_doubt, ended };

  xa_branch(database& on, preparation as, pool::lease begun)
      : database_(on),
        as_(std::move(as)),
        lease_(std::move(begun)),
        work_(std::make_unique<pqxx::nontransaction>((*lease_)->connection())),
        home_((*lease_)->identity()),
        process_((*lease_)->process()) {}

  // False: it has only read, and is over.
  [[nodiscard]] bool finish_work();
  // Notes the transaction's number: none if nothing was written nor locked.
  void number_the_work();
  void number_if_locked();
  void end_reading();
  void resolve_alone(const std::string& problem);
  [[nodiscard]] ballot resolve_doubt(const std::string& problem);
  [[noreturn]] void throw_refusal(const std::exception& why) const;
  void let_go() {
    work_.reset();
    lease_.reset();
  }

  database& database_;
  const preparation as_;
  state state_ = state::working;
  std::optional<pool::lease> lease_;            // working
  std::unique_ptr<pqxx::nontransaction> work_;  // working; on lease_
  const identity home_;
  const server_process process_;  // that serves the work
  std::optional<std::int64_t> number_;
  bool is_serializable_ = false;
};

struct xa_branch::attempt {
  beginning::result result = beginning::result::begun;
  std::unique_ptr<xa_branch> branch{};  // begun
  std::optional<preparation> found{};   // there_already
};

inline xa_branch::attempt xa_branch::begin_unless_there(database& on, const preparation& as,
                                                        std::chrono::milliseconds lock_timeout) {
  attempt made;
  pool::lease lease = beginning::begin(on.pool(), as, lock_timeout, beginning::guard::unless_there,
                                       &made.result, &made.found);
  if (made.result == beginning::result::begun) {
    made.branch.reset(new xa_branch(on, as, std::move(lease)));
  } else {
    beginning::undo(lease);
  }
  return made;
}

inline bool xa_branch::finish_work() {
  if (state_ != state::working) throw failures::ended_by_its_work(as_);
  state_ = state::ended;  // unless it comes to more
  try {
    number_the_work();
    if (!number_.has_value()) end_reading();
    return number_.has_value();
  } catch (const std::exception& why) {
    const bool is_lost = (*lease_)->is_lost(why);
    let_go();
    if (dynamic_cast<const vow::error*>(&why) != nullptr) throw;
    if (is_lost) throw failures::connection_lost(as_, failures::words_of(why));
    throw failures::not_prepared(as_, why);
  }
}

inline ballot xa_branch::prepare() {
  if (!finish_work()) return ballot::read_only;
  try {
    work_->exec((*lease_)->as_new() + "; prepare transaction '" + as_.name() + "'");
  } catch (const std::exception& why) {
    const std::string sqlstate = pqxx_shim::sqlstate_of(why);
    // A cancellation may come when all is done; so may the loss of the connection.
    const bool is_doubtful = (*lease_)->is_lost(why) || sqlstate.empty() || sqlstate.starts_with("57");
    const std::string words = failures::words_of(why);
    let_go();
    if (is_doubtful) return resolve_doubt(words);
    throw_refusal(why);
  }
  state_ = state::prepared;
  work_.reset();
  lease_->give_back();
  lease_.reset();
  return ballot::prepared;
}

// The row and the work are committed together, under the session's own role.
inline void xa_branch::commit_alone() {
  if (!finish_work()) return;
  bool is_committing = false;
  try {
    work_->exec((*lease_)->as_new());
    if (!record_rows(*work_).add({as_, record::kind::alone, {}, record::state::committed, {}}))
      throw failures::committed_too_late(as_);
    is_committing = true;
    work_->exec("commit");
  } catch (const std::exception& why) {
    const std::string sqlstate = pqxx_shim::sqlstate_of(why);
    const bool is_lost = (*lease_)->is_lost(why);
    let_go();
    if (dynamic_cast<const vow::error*>(&why) != nullptr) throw;
    const bool is_doubtful = is_lost || sqlstate.empty() || sqlstate.starts_with("57");
    if (!is_doubtful) throw failures::not_prepared(as_, why);
    if (!is_committing) throw failures::connection_lost(as_, failures::words_of(why));
    return resolve_alone(failures::words_of(why));
  }
  work_.reset();
  lease_->give_back();
  lease_.reset();
}

inline void xa_branch::resolve_alone(const std::string& problem) {
  record_book book(database_);
  const auto until = std::chrono::steady_clock::now() + database_.how().doubt_timeout;
  const vow::outcome came_to = record::settle_alone(book, as_, until);
  if (came_to == vow::outcome::unknown) throw failures::alone_in_doubt(as_, problem);
  if (came_to == vow::outcome::rolled_back) throw failures::connection_lost(as_, problem);
}

inline void xa_branch::number_the_work() {
  const pqxx::result row = (*lease_)->inspect(*work_);
  if (row[0][0].as<std::string>() != as_.name()) throw failures::ended_by_its_work(as_);
  is_serializable_ = row[0][1].as<bool>();
  if (!row[0][2].is_null())
    number_ = row[0][2].as<std::int64_t>();
  else
    number_if_locked();
}

// An UPDATE that hit nothing and a LOCK TABLE leave no transaction number but a lock; reading leaves the
// weakest one.
inline void xa_branch::number_if_locked() {
  const pqxx::result row = work_->exec(
      "select case when exists (select from pg_catalog.pg_locks where pid = pg_backend_pid() and granted and "
      "case locktype when 'advisory' then " +
      beginning::is_other_lock(as_) +
      " when 'virtualxid' then false else mode not in ('AccessShareLock', 'SIReadLock') end) "
      "then txid_current() end");
  if (!row[0][0].is_null()) number_ = row[0][0].as<std::int64_t>();
}

// What a serializable transaction has read is only then true when it commits.
inline void xa_branch::end_reading() {
  if (is_serializable_) work_->exec("commit");
  work_.reset();
  (*lease_)->renew();
  lease_->give_back();
  lease_.reset();
}

inline ballot xa_branch::resolve_doubt(const std::string& problem) {
  state_ = state::in_doubt;
  const auto until = std::chrono::steady_clock::now() + database_.how().doubt_timeout;
  std::string last = problem;
  for (;;) {
    try {
      const database::sighting seen = database_.look(as_, *number_, process_);
      // Another server, as after a failover: its numbers are other transactions'.
      if (seen.at != home_) throw failures::preparing_in_doubt(as_, "now it is " + seen.at.text());
      if (seen.is_prepared) {
        state_ = state::prepared;
        return ballot::prepared;
      }
      if (seen.standing == standing::aborted || seen.is_abandoned) {
        state_ = state::ended;
        throw failures::connection_lost(as_, problem);
      }
    } catch (const vow::error& why) {
      const bool is_verdict = why.code() == "VOW-5218" || why.code() == "VOW-5219";
      if (is_verdict || !why.retryable()) throw;
      last = why.what();
    }
    if (std::chrono::steady_clock::now() >= until) throw failures::preparing_in_doubt(as_, last);
    std::this_thread::sleep_for(database::retry_pause);
  }
}

inline void xa_branch::throw_refusal(const std::exception& why) const {
  const std::string sqlstate = pqxx_shim::sqlstate_of(why);
  if (sqlstate == "55000" && failures::words_of(why).find("session-level") == std::string::npos)
    throw failures::preparing_is_off(as_);
  if (sqlstate == "0A000" || sqlstate == "55000") throw failures::cannot_be_prepared(as_, why);
  if (sqlstate == "53200") throw failures::no_room_to_prepare(as_, why);
  throw failures::not_prepared(as_, why);
}

inline void xa_branch::commit() {
  if (state_ == state::ended) return;
  if (state_ != state::prepared) throw failures::not_ended(as_, "committing", "it is not prepared");
  const database::ending ended = database_.end("commit prepared", as_);
  if (!ended.was_found) {
    if (ended.at != home_) throw failures::other_server(as_, home_.text(), ended.at.text());
    const database::sighting seen = database_.look(as_, *number_, process_);
    if (seen.at != home_) throw failures::other_server(as_, home_.text(), seen.at.text());
    if (seen.standing == standing::aborted) throw failures::ended_otherwise(as_, "committing", "rolled back");
    if (seen.standing != standing::committed)
      throw failures::not_ended(as_, "committing", "its name is gone, and its end is not known yet");
  }
  state_ = state::ended;
}

inline void xa_branch::rollback() {
  if (state_ == state::ended) return;
  if (state_ == state::working) {
    state_ = state::ended;
    work_.reset();
    try {
      (*lease_)->renew();
      lease_->give_back();
    } catch (const std::exception&) {
      // The session is closed, and the work is rolled back with it.
    }
    lease_.reset();
    return;
  }
  const bool was_prepared = state_ == state::prepared;
  const database::ending ended = database_.end("rollback prepared", as_);
  if (was_prepared && !ended.was_found && ended.at == home_ &&
      database_.look(as_, *number_, process_).standing == standing::committed)
    throw failures::ended_otherwise(as_, "rolling back", "committed");
  state_ = state::ended;
}

}  // namespace vow::postgres
