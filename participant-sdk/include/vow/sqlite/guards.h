// Triggers that refuse every write while a branch is prepared: other processes', with Vow or without it, such
// as a plain `sqlite3` shell.
//
// Each table gets its three when a branch is prepared and finds it without, and keeps them: they look
// whether there is a hold, which takes 0.6 us for a row that is updated and is not seen in an insert. Made
// for each hold and dropped with it, they would change the schema twice for each branch, so that every
// connection reads the schema and compiles its statements again: with that, a transaction took three times
// the processor time. The price is their message, which can say where the holder's name is but not the name
// itself: before 3.47 SQLite takes nothing but a fixed one.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "vow/sqlite/api.h"
#include "vow/sqlite/tables.h"

namespace vow::sqlite::guards {

inline constexpr std::array<std::string_view, 3> events{"INSERT", "UPDATE", "DELETE"};
inline constexpr std::string_view is_held =
    "EXISTS (SELECT 1 FROM vow_branch WHERE state = 'prepared' AND kind = 'xa')";
inline constexpr std::string_view message =
    "VOW-5250: this database is held by a branch that is prepared and waits for the outcome of its "
    "transaction: SELECT xid, branch FROM vow_branch WHERE state = ''prepared'' tells which; try again once "
    "that has ended";

[[nodiscard]] inline std::int64_t count(engine& database) {
  return integer_of(database,
                    "SELECT count(*) FROM main.sqlite_schema WHERE type = 'trigger' AND name LIKE "
                    "'vow\\_guard\\_%' ESCAPE '\\'");
}

// Numbers, not tables, make their names: a table may be renamed, and its triggers follow it.
inline void put(engine& database, const table& on) {
  statement asked(
      database,
      "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 AND name LIKE "
      "'vow\\_guard\\_%' ESCAPE '\\'");
  std::vector<std::string> old;
  asked.bind(1, std::string_view(on.name));
  while (asked.step()) old.push_back(asked.text(0));
  asked.reset();
  for (const std::string& name : old) execute(database, "DROP TRIGGER main." + in_quotes(name));
  const std::int64_t number =
      integer_of(database,
                 "SELECT coalesce(max(CAST(substr(name, 11) AS INTEGER)), 0) + 1 FROM main.sqlite_schema "
                 "WHERE type = 'trigger' AND name LIKE 'vow\\_guard\\_%' ESCAPE '\\'");
  for (const std::string_view event : events) {
    execute(database, "CREATE TRIGGER main.vow_guard_" + std::to_string(number) + "_" + std::string(event) +
                          " BEFORE " + std::string(event) + " ON " + in_quotes(on.name) + " WHEN " +
                          std::string(is_held) + " BEGIN SELECT RAISE(ABORT, '" + std::string(message) +
                          "'); END");
  }
}

// In the transaction that makes the hold.
inline void complete(engine& database, const tables& over) {
  for (const auto& [name, of] : over.all()) {
    if (of.can_have_triggers() && of.guards != events.size()) put(database, of);
  }
}

}  // namespace vow::sqlite::guards
