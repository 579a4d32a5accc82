// vow_branch (record.h) in SQLite, and what of it is about branches of kind "xa".
//
//                       prepare()               commit
//   (no row) ─────────────────────▶ prepared ───────────▶ committed ──┐
//      │                               │ rollback                     │ past deadline and retention
//      │ rollback before the work      ▼                              ▼
//      └──────────────────────────▶ cancelled ──────────────────▶ (no row)
//
//   state         at most one row of this kind is prepared: it holds the whole database for writers, as a
//                 write transaction of SQLite's own does, and the triggers vow_guard_... (guards.h) refuse
//                 all writers while it is
//   payload       prepared: the kept rows (kept_rows.h); else NULL
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
#include "vow/record.h"
#include "vow/sqlite/api.h"

namespace vow::sqlite {

namespace records {

// By the clock of the database's machine, as others that use the file read it.
inline constexpr std::string_view now = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

struct found_row {
  preparation which;
  record::state is = record::state::prepared;
  std::string payload;
  std::chrono::milliseconds age{0};
};

inline bool exist(engine& database) {
  return integer_of(database,
                    "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name = 'vow_branch'") >
         0;
}

// In the open transaction.
inline void make(engine& database) {
  if (exist(database)) return;
  execute(database,
          "CREATE TABLE main.vow_branch(xid TEXT NOT NULL, branch TEXT NOT NULL, nonce INTEGER NOT NULL, "
          "kind TEXT NOT NULL, action TEXT NOT NULL, state TEXT NOT NULL, payload BLOB, "
          "created_at INTEGER NOT NULL, deadline INTEGER NOT NULL, PRIMARY KEY(xid, branch));"
          "CREATE UNIQUE INDEX main.vow_branch_one_prepared ON vow_branch(state) "
          "WHERE state = 'prepared' AND kind = 'xa';"
          "CREATE INDEX main.vow_branch_state ON vow_branch(state, created_at)");
}

inline std::optional<found_row> find_where(engine& database, const std::string& condition,
                                           const preparation* which) {
  statement asked(database, "SELECT xid, branch, nonce, state, payload, " + std::string(now) +
                                " - created_at FROM main.vow_branch WHERE " + condition);
  if (which != nullptr) asked.bind(1, std::string_view(which->xid)).bind(2, std::string_view(which->branch));
  if (!asked.step()) return {};
  return found_row{{asked.text(0), asked.text(1), static_cast<std::uint64_t>(asked.integer(2))},
                   record::state_of(asked.text(3)).value_or(record::state::cancelled),
                   asked.blob(4),
                   std::chrono::milliseconds(std::max<std::int64_t>(0, asked.integer(5)))};
}

inline std::optional<found_row> find(engine& database, const preparation& which) {
  return find_where(database, "xid = ?1 AND branch = ?2", &which);
}
// The one that holds the database.
inline std::optional<found_row> holder(engine& database) {
  return find_where(database, "state = 'prepared' AND kind = 'xa'", nullptr);
}

[[nodiscard]] inline std::string says_who_holds(const preparation& holder) {
  return holder.name() + ", which is prepared and waits for the outcome of its transaction";
}

inline void add(engine& database, const preparation& which, record::state as, const std::string& payload) {
  statement put(database,
                "INSERT INTO main.vow_branch(xid, branch, nonce, kind, action, state, payload, created_at, "
                "deadline) VALUES (?1, ?2, ?3, 'xa', '', ?4, ?5, " +
                    std::string(now) + ", ?6)");
  put.bind(1, std::string_view(which.xid)).bind(2, std::string_view(which.branch));
  put.bind(3, static_cast<std::int64_t>(which.nonce)).bind(4, record::name(as));
  put.bind(6, record::deadline_ms_of(which.xid));
  if (as == record::state::prepared) put.bind_blob(5, payload);
  put.run();
}

inline void finish(engine& database, const preparation& which, record::state as) {
  statement(database, "UPDATE main.vow_branch SET state = ?1, payload = NULL, created_at = " +
                          std::string(now) + " WHERE xid = ?2 AND branch = ?3")
      .bind(1, record::name(as))
      .bind(2, std::string_view(which.xid))
      .bind(3, std::string_view(which.branch))
      .run();
}

[[nodiscard]] inline bool is_past_deadline(engine& database, const std::string& xid) {
  statement asked(database, "SELECT " + std::string(now) + " >= ?1");
  asked.bind(1, record::deadline_ms_of(xid));
  return asked.step() && asked.integer(0) != 0;
}

// Rows of all kinds that ended so long ago. Returns how many: at most clean_max, so that nobody waits long.
inline constexpr int clean_max = 1'000;
inline int clean(engine& database, std::chrono::milliseconds retention) {
  statement(database,
            "DELETE FROM main.vow_branch WHERE rowid IN (SELECT rowid FROM main.vow_branch WHERE state IN "
            "('committed', 'cancelled') AND created_at < " +
                std::string(now) + " - ?1 AND deadline < " + std::string(now) + " - ?1 LIMIT " +
                std::to_string(clean_max) + ")")
      .bind(1, std::int64_t{retention.count()})
      .run();
  return sqlite3_changes(database);
}

}  // namespace records
}  // namespace vow::sqlite
