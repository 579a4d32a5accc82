// The table vow_branch in SQLite, and local transactions that write it together with a program's work.
//
// What the work may do is what branches may (permissions.h), even where it need not be: statements that a
// program has compiled in one may be run again in the other, on the one connection there is.
//
// A prepared branch of another transaction is waited for, as branches wait for it. One of the same
// transaction would be waited for in vain: rows may be written beside it, but no work be done.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vow/record.h"
#include "vow/sqlite/ends.h"
#include "vow/sqlite/writing.h"

namespace vow::sqlite {

class record_rows final : public record::rows {
 public:
  // `is_held`: by a branch of the same transaction.
  record_rows(database& in, engine& on, bool is_held) : in_(in), on_(on), is_held_(is_held) {}

  [[nodiscard]] bool add(const record::row& one) override {
    const bool is_attempt = one.kind == record::kind::tcc && one.state == record::state::prepared;
    if (is_attempt && is_held_) throw failures::own_branch_in_the_way(in_.path(), one.which.xid);
    return in_.as_vow([&] {
      statement put(on_,
                    "INSERT OR IGNORE INTO main.vow_branch(xid, branch, nonce, kind, action, state, payload, "
                    "created_at, deadline) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, " +
                        std::string(records::now) + ", ?8 WHERE ?9 OR " + std::string(records::now) +
                        " < ?8");
      put.bind(1, std::string_view(one.which.xid)).bind(2, std::string_view(one.which.branch));
      put.bind(3, static_cast<std::int64_t>(one.which.nonce)).bind(4, record::name(one.kind));
      put.bind(5, std::string_view(one.action)).bind(6, record::name(one.state)).bind_blob(7, one.payload);
      put.bind(8, record::deadline_ms_of(one.which.xid)).bind(9, std::int64_t{one.although_late});
      put.run();
      return sqlite3_changes(on_) > 0;
    });
  }

  [[nodiscard]] std::optional<record::row> find(const preparation& which) override {
    const auto found = in_.as_vow([&]() -> std::optional<record::row> {
      statement asked(on_,
                      "SELECT nonce, kind, action, state, payload FROM main.vow_branch WHERE xid = ?1 AND "
                      "branch = ?2");
      asked.bind(1, std::string_view(which.xid)).bind(2, std::string_view(which.branch));
      if (!asked.step()) return std::nullopt;
      return record::row{{which.xid, which.branch, static_cast<std::uint64_t>(asked.integer(0))},
                         asked.text(1) == "tcc" ? record::kind::tcc : record::kind::hooks,
                         asked.text(2),
                         record::state_of(asked.text(3)).value_or(record::state::cancelled),
                         asked.blob(4)};
    });
    const bool is_to_end =
        found && found->kind == record::kind::tcc && found->state == record::state::prepared;
    if (is_to_end && is_held_)
      throw failures::busy(in_.path(), "it is held by a branch of the same transaction", which.xid);
    return found;
  }

  void change(const preparation& which, record::state to, std::string_view payload) override {
    const bool has_ended = to == record::state::committed || to == record::state::cancelled;
    in_.as_vow([&] {
      statement put(on_, "UPDATE main.vow_branch SET state = ?1, payload = ?2, created_at = " +
                             std::string(records::now) + " WHERE xid = ?3 AND branch = ?4");
      put.bind(1, record::name(to)).bind(3, std::string_view(which.xid));
      put.bind(4, std::string_view(which.branch));
      if (!has_ended) put.bind_blob(2, payload);
      put.run();
    });
  }

 private:
  database& in_;
  engine& on_;
  const bool is_held_;
};

// Thread-safe.
class record_book final : public record::book {
 public:
  record_book(database& in, std::chrono::milliseconds retention) : in_(in), retention_(retention) {}

  void make() override {
    detail::ending(in_, {}, [](engine& on) {
      if (records::exist(on)) return;
      detail::transaction all(on);
      records::make(on);
      all.commit();
    });
  }

  void transact(const preparation& as, const transaction& work) override {
    if (in_.has_branch_of(as.xid)) throw failures::own_branch_in_the_way(in_.path(), as.xid);
    try {
      bool is_held = false;
      const auto look = [&](engine& on) -> std::string {
        records::make(on);
        const auto holder = records::holder(on);
        is_held = holder && holder->which.xid == as.xid;
        return !holder || is_held ? std::string() : records::says_who_holds(holder->which);
      };
      const writing all(in_, database::clock::time_point::max(), as.xid, look, nullptr);
      record_rows table(in_, all.on(), is_held);
      run(work, all.connection(), table, as);
      commit(all, as);
    } catch (const engine_error& why) {
      throw failures::action_not_done(in_.path(), as, why.what());
    }
  }

  [[nodiscard]] std::vector<found> list_open() override {
    std::vector<found> all;
    detail::ending(in_, {}, [&](engine& on) {
      if (!records::exist(on)) return;
      statement asked(on, "SELECT xid, branch, nonce, max(0, " + std::string(records::now) +
                              " - created_at) FROM main.vow_branch WHERE state IN ('attempting', 'prepared') "
                              "AND kind <> 'xa' ORDER BY created_at LIMIT 1000");
      while (asked.step()) {
        all.push_back({{asked.text(0), asked.text(1), static_cast<std::uint64_t>(asked.integer(2))},
                       std::chrono::milliseconds(asked.integer(3))});
      }
    });
    return all;
  }

  [[nodiscard]] bool says_committed(const std::string& xid) override {
    bool is_there = false;
    detail::ending(in_, {}, [&](engine& on) {
      if (!records::exist(on)) return;
      statement asked(on, "SELECT 1 FROM main.vow_branch WHERE xid = ?1 AND state = 'committed' LIMIT 1");
      is_there = asked.bind(1, std::string_view(xid)).step();
    });
    return is_there;
  }

  void clean() override {
    for (int nth = 0, removed = records::clean_max; nth < 10 && removed == records::clean_max; ++nth) {
      detail::ending(in_, {},
                     [&](engine& on) { removed = records::exist(on) ? records::clean(on, retention_) : 0; });
    }
  }

 private:
  // SQLite tells the work that a statement is not permitted, but not why.
  void run(const transaction& work, sqlite3* on, record_rows& table, const preparation& as) const {
    try {
      work(on, table);
    } catch (const vow::error&) {
      throw;
    } catch (const std::exception&) {
      if (in_.refusal().empty()) throw;
      throw failures::not_permitted(in_.path(), in_.refusal(), as.xid);
    }
  }

  void commit(const writing& all, const preparation& as) {
    in_.as_vow([&] {
      sqlite3* const on = all.connection();
      detail::reset_statements(on);
      all.check_still_whole(as.xid);
      const int result = sqlite3_exec(on, "COMMIT", nullptr, nullptr, nullptr);
      if (result == SQLITE_OK) return;
      const engine_error why(on, result);
      const bool is_still_open = sqlite3_get_autocommit(on) == 0;
      if (is_still_open) throw why;
      throw failures::local_commit_in_doubt(in_.path(), as, why.what());
    });
  }

  database& in_;
  const std::chrono::milliseconds retention_;
};

}  // namespace vow::sqlite
