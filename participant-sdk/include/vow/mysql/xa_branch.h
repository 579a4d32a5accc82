// A branch as an XA transaction of MariaDB or MySQL.
//
//            prepare(): XA END, XA PREPARE              commit(), rollback(), there
//   working ──────────────────────────────▶ prepared ───────────────────────────────────────────▶ over
//    │  │  its connection is lost in it, and   │ the connection is lost, or the server detaches      ▲
//    │  │  another one sees it listed          ▼                                                     │
//    │  └─────────────────────────────────▶ detached ── commit(), rollback(), by name ───────────────┤
//    │  │  likewise, and nobody could look                                                           │
//    │  └─────────────────────────────────▶ doubtful ── rollback(), by name ─────────────────────────┤
//    └── rollback(), or prepare() found nothing to prepare, or could not ─────────────────────────────┘
//
//   working    the connection is the user's; the session has the lock of the branch (names.h)
//   prepared   the connection is nobody's: the server refuses all statements on it but those that end the
//              branch, and refuses to end it anywhere else. It is neither in the pool nor closed
//   detached   no connection; any can end it, once the server has let go of the old one
//   doubtful   no connection; not known whether it is prepared. It has not voted, so nobody can commit it
//
// A connection that is lost during XA PREPARE leaves open whether it happened. The session may even be at it
// still, so that XA RECOVER does not list it yet; whoever gets the session's lock knows that it has ended,
// and that XA RECOVER is final. Listed then: prepared, and it votes so. Not listed: the server has rolled it
// back.
//
// A branch that locked rows and wrote none votes `prepared`, to keep its locks until the decision. But no
// server keeps locks without changes over the end of their session: should the connection or the server be
// lost before the decision, the locks are gone, and commit() still succeeds, since there is nothing to
// commit.
//
// Tables of other engines than InnoDB take part in nothing of this: what is written there stays (check.h
// tells).
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "vow/branch.h"
#include "vow/error.h"
#include "vow/mysql/ending.h"
#include "vow/mysql/names.h"
#include "vow/mysql/pool.h"
#include "vow/mysql/record.h"

namespace vow::mysql {

// Of the transaction that is open in the session: whether it has written or locked anything in InnoDB; none
// if the server does not tell. Servers show a copy of their transactions that may be a tenth of a second old,
// or older while others look at it; a fresh one has this very statement in it, which is why `nonce` must not
// be used twice.
[[nodiscard]] inline std::optional<bool> has_changed_anything(MYSQL* on, const std::string& nonce) {
  rows seen;
  const unsigned error_number =
      try_run(on,
              "SELECT trx_rows_modified, trx_lock_structs, trx_query LIKE '%" + nonce +
                  "%' FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = CONNECTION_ID()",
              &seen);
  if (error_number != 0 || seen.size() != 1 || seen[0][2] != "1") return std::nullopt;
  return seen[0][0] != "0" || seen[0][1] != "0";
}

// Without asking: the last statement has changed rows, or has looked as if it had.
[[nodiscard]] inline bool has_just_changed_rows(MYSQL* on) {
  constexpr auto none_to_tell = ~std::uint64_t{0};
  const std::uint64_t changed = ::mysql_affected_rows(on);
  return ::mysql_field_count(on) == 0 && changed != 0 && changed != none_to_tell;
}

class xa_branch final : public vow::branch {
 public:
  // Begins it. The session of `on` has the lock of the branch.
  xa_branch(std::shared_ptr<pool> from, lease on, const preparation& as)
      : from_(std::move(from)), lease_(std::move(on)), is_(as), name_(xa_name(as)), server_(lease_.server()) {
    if (try_run(lease_.get(), "XA START " + name_) != 0) throw failure(lease_.get(), "XA START", is_.xid);
  }

  [[nodiscard]] const preparation& as() const { return is_; }
  // For the user's statements, until it is prepared. BEGIN, COMMIT, ROLLBACK and changes of tables are
  // refused by the server.
  [[nodiscard]] MYSQL* get() const {
    if (state_ != state::working) throw not_now("no statement can be run in it");
    return lease_.get();
  }

  [[nodiscard]] ballot prepare() override {
    if (state_ != state::working) throw not_now("it cannot be prepared");
    const bool is_to_be_asked = may_be_read_only();
    if (try_run(lease_.get(), "XA END " + name_) != 0) throw give_up("XA END");
    if (is_to_be_asked && has_changed_anything(lease_.get(), is_.name()) == false) {
      roll_back_here();
      return ballot::read_only;
    }
    const unsigned error_number = try_run(lease_.get(), "XA PREPARE " + name_);
    if (is_lost(error_number)) return find_out_whether_prepared();
    if (error_number != 0) throw give_up("XA PREPARE");
    state_ = state::prepared;
    if (server_.detaches_at_prepare) {
      state_ = state::detached;
      lease_.give_back();
    }
    return ballot::prepared;
  }

  // In one phase. Where the table vow_branch is there: a row in it tells afterwards.
  [[nodiscard]] bool can_commit_alone() const override { return from_->keeps_records(); }
  void commit_alone() override {
    if (state_ != state::working) throw not_now("it cannot be committed");
    if (may_be_read_only() && has_changed_anything(lease_.get(), is_.name()) == false) return rollback();
    if (!add_record()) {
      rollback();
      throw detail::committed_too_late(is_);
    }
    if (try_run(lease_.get(), "XA END " + name_) != 0) throw give_up("XA END");
    if (try_run(lease_.get(), "XA COMMIT " + name_ + " ONE PHASE") != 0) return settle_alone();
    be_over(ending::commit);
    lease_.give_back();
  }

  void commit() override {
    if (state_ == state::over && ended_by_ == ending::commit) return;
    if (state_ != state::prepared && state_ != state::detached) throw not_now("it cannot be committed");
    end(ending::commit);
  }

  void rollback() override {
    if (state_ == state::over && ended_by_ == ending::rollback) return;
    if (state_ == state::over) throw not_now("it cannot be rolled back");
    if (state_ == state::working) {
      (void)try_run(lease_.get(), "XA END " + name_);
      roll_back_here();
    } else {
      end(ending::rollback);
    }
  }

  // Whatever the user's code threw: it is the server's last word on the connection that counts.
  [[nodiscard]] bool is_transient(const std::exception& why) const override {
    if (const auto* known = dynamic_cast<const error*>(&why)) return known->retryable();
    return state_ == state::working && detail::meaning_of(::mysql_errno(lease_.get())).retryable;
  }

 private:
  [[nodiscard]] bool may_be_read_only() const {
    return from_->settings().find_read_only && !has_just_changed_rows(lease_.get());
  }

  enum class state : std::uint8_t { working, prepared, detached, doubtful, over };

  void end(ending how) {
    if (state_ == state::prepared) {
      const unsigned error_number = try_run(lease_.get(), detail::verb(how) + " " + name_);
      if (error_number == 0) {
        be_over(how);
        return lease_.give_back();
      }
      if (!is_lost(error_number) && error_number != number::xa_unknown) {
        throw detail::not_ended(lease_.get(), is_, how);
      }
      lease_.drop();
      state_ = state::detached;
    }
    end_by_name(*from_, is_, how, server_.identity);
    be_over(how);
  }

  // False: its deadline is past.
  [[nodiscard]] bool add_record() {
    try {
      return record_rows(lease_.get(), detail::table_in(lease_.home()))
          .add({is_, record::kind::alone, {}, record::state::committed, {}});
    } catch (const error&) {
      throw give_up("adding the row to vow_branch");
    }
  }

  // Whatever the error is: none says for certain that the server will not commit, or has not. So the row is
  // asked, once the session is closed.
  void settle_alone() {
    const error why = failure(lease_.get(), "XA COMMIT of " + is_.name(), is_.xid);
    lease_.drop();
    be_over(ending::rollback);
    record_book book(from_);
    const auto until = std::chrono::steady_clock::now() + from_->settings().release_wait;
    const outcome came_to = record::settle_alone(book, is_, until);
    if (came_to == outcome::unknown) throw detail::alone_in_doubt(is_, why.what());
    if (came_to == outcome::rolled_back) throw why;
    be_over(ending::commit);
  }

  // Of a branch that is not prepared. Where the server does not confirm it, closing the session does it.
  void roll_back_here() {
    const bool is_confirmed = try_run(lease_.get(), "XA ROLLBACK " + name_) == 0;
    be_over(ending::rollback);
    is_confirmed ? lease_.give_back() : lease_.drop();
  }

  // What to throw, after what is left of the branch is rolled back.
  [[nodiscard]] error give_up(const std::string& doing) {
    const unsigned error_number = ::mysql_errno(lease_.get());
    const std::string said = ::mysql_error(lease_.get());
    error why = failure(error_number, said, doing + " of " + is_.name(), is_.xid);
    // The server has rolled the work back before, for a deadlock mostly, and waits to be told so.
    const bool is_rolled_back = said.find("ROLLBACK ONLY") != std::string::npos;
    if (is_rolled_back) {
      why = failure(number::xa_rolled_back, said, doing + " of " + is_.name(), is_.xid);
    } else if (error_number == number::xa_wrong_state || error_number == number::xa_unknown) {
      why = rolled_back(
          {.code = "VOW-5238",
           .what = doing + " of " + is_.name() +
                   " failed: the session is not in the branch any more, so its work is lost (" +
                   std::to_string(error_number) + ": " + said + ")",
           .hint = "do not reset, reconnect or change the user of the connection in a transaction, and "
                   "end no XA transaction on it",
           .xid = is_.xid});
    }
    roll_back_here();
    return why;
  }

  [[nodiscard]] ballot find_out_whether_prepared() {
    const error why = failure(lease_.get(), "XA PREPARE of " + is_.name(), is_.xid);
    lease_.drop();
    state_ = state::doubtful;
    try {
      const connection on = from_->fresh();
      const bool has_ended = take_lock(on.get(), lock_name(is_), from_->settings().release_wait);
      if (has_ended && on.server().identity == server_.identity) {
        if (detail::is_listed(on.get(), is_)) {
          state_ = state::detached;
          return ballot::prepared;
        }
        be_over(ending::rollback);
      }
    } catch (const error&) {  // as if nobody had been asked
    }
    if (state_ == state::over) throw why;
    throw error(
        {.code = "VOW-5239",
         .what = "the connection was lost in XA PREPARE of " + is_.name() +
                 ", and nobody could say whether it is prepared (" + why.what() + ")",
         .hint = "run the transaction again; what may be left of this one is rolled back by itself once the "
                 "server answers",
         .xid = is_.xid,
         .retryable = true});
  }

  void be_over(ending how) {
    state_ = state::over;
    ended_by_ = how;
  }

  [[nodiscard]] error not_now(const std::string& what) const {
    static constexpr const char* said[] = {"at work", "prepared", "prepared", "in doubt", "over"};
    return misuse({.code = "VOW-5247",
                   .what = "the branch " + is_.name() + " is " + said[static_cast<int>(state_)] + ": " + what,
                   .hint = "run statements before the transaction ends, and end it once",
                   .xid = is_.xid});
  }

  const std::shared_ptr<pool> from_;
  lease lease_;
  const preparation is_;
  const std::string name_;
  const server_facts server_;
  state state_ = state::working;
  ending ended_by_ = ending::rollback;
};

}  // namespace vow::mysql
