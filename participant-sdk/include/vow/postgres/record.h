// The table vow_branch in PostgreSQL, and local transactions that write it together with a program's work.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pqxx/pqxx>

#include "vow/postgres/beginning.h"
#include "vow/postgres/database.h"
#include "vow/record.h"

namespace vow::postgres {

class record_rows final : public record::rows {
 public:
  explicit record_rows(pqxx::transaction_base& in) : in_(in) {}

  static constexpr const char* now = "(extract(epoch from clock_timestamp()) * 1000)::bigint";

  [[nodiscard]] bool add(const record::row& one) override {
    const std::string deadline = std::to_string(record::deadline_ms_of(one.which.xid));
    const std::string in_time = std::string(now) + " < " + deadline;
    const pqxx::result added = in_.exec(
        "insert into vow_branch (xid, branch, nonce, kind, action, state, payload, created_at, deadline) "
        "select " +
        quoted(one.which.xid) + ", " + quoted(one.which.branch) + ", " + std::to_string(one.which.nonce) +
        ", " + quoted(record::name(one.kind)) + ", " + quoted(one.action) + ", " +
        quoted(record::name(one.state)) + ", " + bytes(one.payload) + ", " + now + ", " + deadline +
        " where " + (one.although_late ? "true" : in_time) + " on conflict do nothing");
    return added.affected_rows() > 0;
  }

  [[nodiscard]] std::optional<record::row> find(const preparation& which) override {
    const pqxx::result found = in_.exec(
        "select nonce, kind, action, state, encode(payload, 'hex') "
        "from vow_branch where " +
        is(which) + " for update");
    if (found.empty()) return std::nullopt;
    record::row row;
    row.which = {which.xid, which.branch, static_cast<std::uint64_t>(found[0][0].as<std::int64_t>())};
    row.kind = found[0][1].as<std::string>() == "tcc" ? record::kind::tcc : record::kind::hooks;
    row.action = found[0][2].as<std::string>();
    row.state = record::state_of(found[0][3].as<std::string>()).value_or(record::state::cancelled);
    if (!found[0][4].is_null()) row.payload = bytes_of(found[0][4].as<std::string>());
    return row;
  }

  void change(const preparation& which, record::state to, std::string_view payload) override {
    const bool has_ended = to == record::state::committed || to == record::state::cancelled;
    in_.exec("update vow_branch set state = " + quoted(record::name(to)) + ", payload = " +
             (has_ended ? "null" : bytes(payload)) + ", created_at = " + now + " where " + is(which));
  }

 private:
  [[nodiscard]] std::string quoted(std::string_view text) const { return in_.quote(std::string(text)); }
  [[nodiscard]] std::string is(const preparation& which) const {
    return "xid = " + quoted(which.xid) + " and branch = " + quoted(which.branch);
  }
  [[nodiscard]] static std::string bytes(std::string_view raw) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text = "decode('";
    for (const char c : raw) {
      text += digits[static_cast<unsigned char>(c) >> 4];
      text += digits[static_cast<unsigned char>(c) & 15];
    }
    return text + "', 'hex')";
  }
  [[nodiscard]] static std::string bytes_of(const std::string& hex) {
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
    std::string raw;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
      raw += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
    return raw;
  }

  pqxx::transaction_base& in_;
};

// Thread-safe. The table is where the session's search_path leads first.
class record_book final : public record::book {
 public:
  explicit record_book(database& in) : in_(in) {}

  void make() override {
    in_.reading("making the table vow_branch", [](session& on) {
      // Asked first, since a role that may use the table need not be one that may make it; and `if not
      // exists` does not keep two that make it at once from failing.
      if (on.run("select to_regclass('vow_branch') is not null")[0][0].as<bool>()) return 0;
      on.run("select pg_advisory_xact_lock(" + std::to_string(making_lock) + "); " + std::string(table_sql));
      return 0;
    });
    in_.keeps_records(true);
  }

  void transact(const preparation& as, const transaction& work) override {
    pool::lease lease = beginning::begin(in_.pool(), as, in_.how().lock_timeout, beginning::guard::none);
    try {
      pqxx::nontransaction direct(lease->connection());
      record_rows rows(direct);
      work(static_cast<pqxx::transaction_base*>(&direct), rows);
      commit(lease, direct, as);
    } catch (const std::exception& why) {
      const bool is_lost = lease->is_lost(why);
      if (!is_lost) undo(lease);
      // What may pass is told as what may be tried again; all else is the program's own.
      if (is_lost || failures::is_passing(pqxx_shim::sqlstate_of(why))) throw failures::not_done_now(as, why);
      throw;
    } catch (...) {
      undo(lease);
      throw;
    }
    lease.give_back();
  }

  [[nodiscard]] std::vector<found> list_open() override {
    return in_.reading("listing what is on record", [](session& on) {
      std::vector<found> all;
      for (const auto& row :
           on.run(std::string("select xid, branch, nonce, greatest(0, ") + record_rows::now +
                  " - created_at) from vow_branch where state in ('attempting', 'prepared') "
                  "order by created_at limit 1000")) {
        all.push_back({{row[0].as<std::string>(), row[1].as<std::string>(),
                        static_cast<std::uint64_t>(row[2].as<std::int64_t>())},
                       std::chrono::milliseconds(row[3].as<std::int64_t>())});
      }
      return all;
    });
  }

  [[nodiscard]] bool says_committed(const std::string& xid) override {
    if (!in_.keeps_records()) return false;
    return in_.reading("looking for " + xid, [&](session& on) {
      return !on.run("select from vow_branch where xid = '" + on.connection().esc(xid) +
                     "' and state = 'committed' limit 1")
                  .empty();
    });
  }

  [[nodiscard]] bool is_there() override { return in_.keeps_records(); }
  // Whether the table is there, which makes the work of those who need no coordinator cheaper.
  void look_for_table() {
    in_.keeps_records(in_.reading("looking for the table vow_branch", [](session& on) {
      return on.run("select to_regclass('vow_branch') is not null")[0][0].as<bool>();
    }));
  }

  void clean() override {
    const std::string kept_ms = std::to_string(in_.how().retention.count());
    in_.reading("cleaning the table vow_branch", [&](session& on) {
      on.run(std::string(
                 "delete from vow_branch where ctid = any(array(select ctid from vow_branch where state in "
                 "('committed', 'cancelled') and created_at < ") +
             record_rows::now + " - " + kept_ms + " and deadline < " + record_rows::now + " - " + kept_ms +
             " limit 10000))");
      return 0;
    });
  }

  static constexpr std::string_view table_sql =
      "create table if not exists vow_branch (xid text not null, branch text not null, nonce bigint not "
      "null, "
      "kind text not null, action text not null, state text not null, payload bytea, created_at bigint not "
      "null, deadline bigint not null, primary key (xid, branch)); "
      "create index if not exists vow_branch_state on vow_branch (state, created_at)";

 private:
  // Fixed for ever.
  static constexpr std::int64_t making_lock = 0x766f772e'6d616b65;  // "vow.make"

  static void commit(pool::lease& lease, pqxx::nontransaction& direct, const preparation& as) {
    const pqxx::result mark =
        direct.exec("select coalesce(current_setting('" + std::string(beginning::mark) + "', true), '')");
    if (mark[0][0].as<std::string>() != as.name()) throw failures::ended_by_its_work(as);
    try {
      direct.exec(lease->as_new() + "; commit");
    } catch (const std::exception& why) {
      const std::string sqlstate = pqxx_shim::sqlstate_of(why);
      const bool is_doubtful = lease->is_lost(why) || sqlstate.empty() || sqlstate.starts_with("57");
      if (is_doubtful) throw failures::local_commit_in_doubt(as, why);
      throw;
    }
  }
  static void undo(pool::lease& lease) noexcept {
    try {
      lease->renew();
      lease.give_back();
    } catch (const std::exception&) {
      // It is closed instead.
    }
  }

  database& in_;
};

}  // namespace vow::postgres
