// One transaction's work on one SQLite database.
//
//   working ──prepare()──▶ prepared ──commit(), rollback()──▶ ended
//      │  prepare() threw, or found nothing written               ▲
//      └──commit_alone(), rollback(), destructor──────────────────┘
//
//   working    a write transaction of SQLite's is open, so nobody else writes; the turn is ours
//   prepared   that transaction is over, without a trace of the work in the user's tables; the kept rows
//              and the guards are committed, and nobody else writes. Nothing of it is held in this process
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "vow/sqlite/database.h"
#include "vow/sqlite/ends.h"
#include "vow/sqlite/guards.h"
#include "vow/sqlite/record.h"
#include "vow/sqlite/writing.h"

namespace vow::sqlite {

// Programs use connection(), execute() and refusal(); the client the rest.
class xa_branch final : public vow::branch {
 public:
  // Waits, as long as `options` allow and never past `until`, for the connection and for whoever holds the
  // database. Throws already_prepared if an earlier call for this branch has left it so.
  xa_branch(database& in, preparation as, database::clock::time_point until);
  ~xa_branch() override = default;

  // For statements of the user's, until prepare() or rollback(). What permissions.h refuses fails with
  // SQLITE_AUTH.
  [[nodiscard]] sqlite3* connection() const { return writing_->connection(); }
  // As sqlite3_exec; throws with SQLite's message, or with why a statement was refused.
  void execute(const std::string& sql);
  // Why the last statement that failed with SQLITE_AUTH did.
  [[nodiscard]] const std::string& refusal() const { return in_.refusal(); }
  [[nodiscard]] const preparation& name() const { return as_; }

  [[nodiscard]] ballot prepare() override;
  [[nodiscard]] bool can_commit_alone() const override { return true; }
  void commit_alone() override;
  void commit() override { commit_prepared(in_, as_); }
  void rollback() override;

 private:
  // Who holds the database; empty: nobody, and the work may begin.
  std::string look(engine& on) const;
  void check_record(engine& on) const;
  template <class End>
  void as_its_end(const End& end);
  ballot keep(engine& on);
  void commit_here(engine& on);
  void give_up() noexcept;

  database& in_;
  const preparation as_;
  touched touched_{in_.known()};
  std::optional<writing> writing_;
  bool is_prepared_ = false;
};

inline xa_branch::xa_branch(database& in, preparation as, database::clock::time_point until)
    : in_(in), as_(std::move(as)) {
  writing_.emplace(
      in_, until, as_.xid, [&](engine& on) { return look(on); }, &touched_);
}

inline std::string xa_branch::look(engine& on) const {
  records::make(on);
  check_record(on);
  if (const auto found = records::holder(on)) return records::says_who_holds(found->which);
  statement(on, "SAVEPOINT vow_work").run();
  return {};
}

// The repeat rule: one branch works once.
inline void xa_branch::check_record(engine& on) const {
  const auto found = records::find(on, as_);
  const std::string where = "the branch " + as_.branch + " in " + in_.path();
  if (found && found->is == record::state::prepared) {
    throw already_prepared({.code = "VOW-5255",
                            .what = where + " is prepared already, as " + found->which.name(),
                            .hint = "vote for that preparation; do not repeat the work",
                            .xid = as_.xid},
                           found->which);
  }
  if (found && found->is == record::state::cancelled) {
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
  if (!records::is_past_deadline(on, as_.xid)) return;
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
    throw failures::not_permitted(in_.path(), in_.refusal(), as_.xid);
  }
  throw vow::error(
      {.code = "VOW-5252",
       .what = "a statement in a branch on " + in_.path() + " failed: " + said,
       .hint = "nothing of the statement was done; go on without it, or let the transaction roll back",
       .xid = as_.xid});
}

// Whatever comes of it, the turn is over.
template <class End>
void xa_branch::as_its_end(const End& end) {
  try {
    in_.as_vow([&] { end(writing_->on()); });
    give_up();
  } catch (const vow::error&) {
    give_up();
    throw;
  } catch (const std::exception& why) {
    const std::string said = why.what();
    give_up();
    throw failures::not_prepared(in_.path(), said, as_.xid);
  }
}

inline ballot xa_branch::prepare() {
  auto is = ballot::read_only;
  as_its_end([&](engine& on) { is = keep(on); });
  is_prepared_ = is == ballot::prepared;
  return is;
}

// A plain transaction of SQLite's, with the row beside the work.
inline void xa_branch::commit_alone() {
  as_its_end([&](engine& on) { commit_here(on); });
}

inline void xa_branch::commit_here(engine& on) {
  detail::reset_statements(on);
  writing_->check_still_whole(as_.xid);
  if (touched_.taken().empty()) return;
  records::clean(on, in_.how().retention);
  if (!record_rows(in_, on, false).add({as_, record::kind::alone, {}, record::state::committed, {}}))
    throw failures::committed_too_late(in_.path(), as_);
  const int result = sqlite3_exec(on, "COMMIT", nullptr, nullptr, nullptr);
  if (result == SQLITE_OK) return;
  const engine_error why(on, result);
  const bool is_still_open = sqlite3_get_autocommit(on) == 0;
  if (is_still_open) throw why;
  throw failures::alone_in_doubt(in_.path(), as_, why.what());
}

// A branch that touched nothing has nothing to put in place, and nothing that it read is protected after
// this: SQLite's own transaction lets others write once it ends. So it votes read-only and is over.
inline ballot xa_branch::keep(engine& on) {
  detail::reset_statements(on);
  writing_->check_still_whole(as_.xid);
  kept_rows kept = keeping::take(on, in_.known(), touched_.taken());
  statement(on, "ROLLBACK TO vow_work").run();
  statement(on, "RELEASE vow_work").run();
  keeping::compare_with_before(on, in_.known(), kept);
  if (kept.tables.empty() && kept.sequences.empty()) return ballot::read_only;
  records::clean(on, in_.how().retention);
  records::add(on, as_, record::state::prepared, kept.encode());
  guards::complete(on, in_.known());
  statement(on, "COMMIT").run();
  in_.waiting().is_held(records::says_who_holds(as_));
  return ballot::prepared;
}

inline void xa_branch::rollback() {
  if (is_prepared_) rollback_prepared(in_, as_);
  give_up();
}

inline void xa_branch::give_up() noexcept { writing_.reset(); }

}  // namespace vow::sqlite
