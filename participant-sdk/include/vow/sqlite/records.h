// vow_branch: what is prepared in the database, and what has ended lately.
//
//                       prepare()               commit
//   (no row) ─────────────────────▶ prepared ───────────▶ committed ──┐
//      │                               │ rollback                     │ past deadline and retention
//      │ rollback before the work      ▼                              ▼
//      └──────────────────────────▶ cancelled ──────────────────▶ (no row)
//
//   xid, branch   which branch: at most one row for each
//   nonce         which preparing of it
//   kind          "xa"
//   state         as above. At most one row is prepared: it holds the whole database for writers, as a write
//                 transaction of SQLite's own does, and the triggers vow_guard_... are there exactly while it
//                 is
//   payload       prepared: the kept rows (kept_rows.h); else NULL
//   created_at    when the row came into its state: milliseconds since 1970, by the clock of this database's
//                 machine
//   deadline      of its transaction, as the xid says: likewise
//
// `committed` answers a second commit, `cancelled` a second rollback, and the work that comes after its
// rollback; all three are refused by the deadline alone once that is past, so that rows can go.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vow/branch.h"
#include "vow/sqlite/api.h"

namespace vow::sqlite {

// Milliseconds since 1970. An xid is 40 digits of five bits: 84 bits of other things, 42 of begin (ms), 18 of
// timeout (s), and more.
[[nodiscard]] inline std::int64_t deadline_of(std::string_view xid) {
  const auto bits = [&](std::size_t from, std::size_t count) {
    std::uint64_t is = 0;
    for (std::size_t i = from; i < from + count; ++i) {
      const char c = i / 5 < xid.size() ? xid[i / 5] : '0';
      const auto digit = static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10);
      is = is << 1 | (digit >> (4 - i % 5) & 1);
    }
    return static_cast<std::int64_t>(is);
  };
  return bits(84, 42) + bits(126, 18) * 1000;
}

namespace records {

// By the clock of the database's machine, as others that use the file read it.
inline constexpr std::string_view now = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

enum class state : std::uint8_t { prepared, committed, cancelled };
[[nodiscard]] inline std::string_view name(state of) {
  return of == state::prepared ? "prepared" : of == state::committed ? "committed" : "cancelled";
}

struct record {
  preparation which;
  state is = state::prepared;
  std::string payload;
  std::chrono::milliseconds age{0};
};

inline bool exist(sqlite3* database) {
  return integer_of(database,
                    "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'vow_branch'") >
         0;
}

// In the open transaction.
inline void make(sqlite3* database) {
  if (exist(database)) return;
  execute(database,
          "CREATE TABLE main.vow_branch(xid TEXT NOT NULL, branch TEXT NOT NULL, nonce INTEGER NOT NULL, "
          "kind TEXT NOT NULL, state TEXT NOT NULL, payload BLOB, created_at INTEGER NOT NULL, "
          "deadline INTEGER NOT NULL, PRIMARY KEY(xid, branch));"
          "CREATE UNIQUE INDEX main.vow_branch_one_prepared ON vow_branch(state) WHERE state = 'prepared'");
}

inline std::optional<record> find_where(sqlite3* database, const std::string& condition,
                                        const preparation* which) {
  statement asked(database, "SELECT xid, branch, nonce, state, payload, " + std::string(now) +
                                " - created_at FROM main.vow_branch WHERE " + condition);
  if (which != nullptr) asked.bind(1, std::string_view(which->xid)).bind(2, std::string_view(which->branch));
  if (!asked.step()) return {};
  const std::string text = asked.text(3);
  const state is = text == "prepared"    ? state::prepared
                   : text == "committed" ? state::committed
                                         : state::cancelled;
  return record{{asked.text(0), asked.text(1), static_cast<std::uint64_t>(asked.integer(2))},
                is,
                asked.blob(4),
                std::chrono::milliseconds(std::max<std::int64_t>(0, asked.integer(5)))};
}

inline std::optional<record> find(sqlite3* database, const preparation& which) {
  return find_where(database, "xid = ?1 AND branch = ?2", &which);
}
// The one that holds the database.
inline std::optional<record> holder(sqlite3* database) {
  return find_where(database, "state = 'prepared'", nullptr);
}

inline void add(sqlite3* database, const preparation& which, state as, const std::string& payload) {
  statement put(database,
                "INSERT INTO main.vow_branch(xid, branch, nonce, kind, state, payload, created_at, deadline) "
                "VALUES (?1, ?2, ?3, 'xa', ?4, ?5, " +
                    std::string(now) + ", ?6)");
  put.bind(1, std::string_view(which.xid)).bind(2, std::string_view(which.branch));
  put.bind(3, static_cast<std::int64_t>(which.nonce)).bind(4, name(as)).bind(6, deadline_of(which.xid));
  if (as == state::prepared) put.bind_blob(5, payload);
  put.run();
}

inline void finish(sqlite3* database, const preparation& which, state as) {
  statement(database, "UPDATE main.vow_branch SET state = ?1, payload = NULL, created_at = " +
                          std::string(now) + " WHERE xid = ?2 AND branch = ?3")
      .bind(1, name(as))
      .bind(2, std::string_view(which.xid))
      .bind(3, std::string_view(which.branch))
      .run();
}

[[nodiscard]] inline bool is_past_deadline(sqlite3* database, const std::string& xid) {
  statement asked(database, "SELECT " + std::string(now) + " >= ?1");
  asked.bind(1, deadline_of(xid));
  return asked.step() && asked.integer(0) != 0;
}

inline void clean(sqlite3* database, std::chrono::milliseconds retention) {
  statement(database,
            "DELETE FROM main.vow_branch WHERE state <> 'prepared' AND max(deadline, created_at) + ?1 < " +
                std::string(now))
      .bind(1, std::int64_t{retention.count()})
      .run();
}

}  // namespace records
}  // namespace vow::sqlite
