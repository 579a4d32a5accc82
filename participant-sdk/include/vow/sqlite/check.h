// What of a SQLite database stands in the way of branches, for `vow doctor`. It reads only.
#pragma once

#include <string>
#include <vector>

#include "vow/sqlite/database.h"
#include "vow/sqlite/records.h"
#include "vow/sqlite/tables.h"

namespace vow::sqlite {

struct finding {
  enum class weight : std::uint8_t {
    blocks,  // branches will be refused
    warns,   // they work, but something may be lost or surprise
    tells,
  };
  weight how = weight::tells;
  std::string code;
  std::string what;
  std::string remedy;
};

namespace detail {

inline void check_library(std::vector<finding>& into) {
  if (sqlite3_compileoption_used("ENABLE_PREUPDATE_HOOK") == 0 || sqlite3_libversion_number() < 3'037'000) {
    into.push_back(
        {finding::weight::blocks, "VOW-5150",
         std::string("SQLite ") + sqlite3_libversion() + " cannot tell which rows a statement changes",
         "link SQLite 3.37 or later, compiled with SQLITE_ENABLE_PREUPDATE_HOOK"});
  }
  if (sqlite3_threadsafe() == 0) {
    into.push_back({finding::weight::blocks, "VOW-5150", "SQLite is compiled without SQLITE_THREADSAFE",
                    "link one compiled with it: branches are ended on threads of the client"});
  }
  if (sqlite3_libversion_number() < 3'051'003) {
    into.push_back(
        {finding::weight::warns, "VOW-5160",
         std::string("SQLite ") + sqlite3_libversion() +
             " can corrupt a database in WAL mode that several connections write to or check-point",
         "use SQLite 3.51.3 or later; until then let one process alone open the file, by one connection"});
  }
}

inline void check_settings(sqlite3* on, std::vector<finding>& into) {
  const std::string mode = text_of(on, "PRAGMA main.journal_mode");
  if (mode != "wal") {
    into.push_back({finding::weight::tells, "VOW-5152", "the journal is in mode " + mode,
                    "nothing: the first branch changes it to WAL, for good"});
  }
  if (integer_of(on, "PRAGMA main.synchronous") < 2) {
    into.push_back({finding::weight::blocks, "VOW-5153",
                    "PRAGMA synchronous is below FULL: a power failure could lose what was vowed",
                    "set it to FULL or EXTRA in on_open"});
  }
  const std::string encoding = text_of(on, "PRAGMA encoding");
  if (encoding != "UTF-8") {
    into.push_back({finding::weight::blocks, "VOW-5154", "texts are in " + encoding,
                    "copy the data into a database made with PRAGMA encoding = 'UTF-8'"});
  }
  if (integer_of(on, "SELECT count(*) FROM temp.sqlite_schema") > 0) {
    into.push_back({finding::weight::blocks, "VOW-5155",
                    "the connection has temporary tables, views or triggers",
                    "make them in another connection"});
  }
}

inline std::size_t guards_of(sqlite3* on, const std::string& table) {
  statement asked(on,
                  "SELECT count(*) FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 "
                  "AND name LIKE 'vow\\_guard\\_%' ESCAPE '\\'");
  asked.bind(1, std::string_view(table));
  return asked.step() ? static_cast<std::size_t>(asked.integer(0)) : 0;
}

inline void check_tables(sqlite3* on, std::vector<finding>& into) {
  tables all;
  all.refresh(on);
  const bool held = records::exist(on) && records::holder(on).has_value();
  for (const auto& [name, of] : all.all()) {
    if (!of.refusal.empty()) {
      into.push_back({finding::weight::warns, "VOW-5159",
                      "branches may not write to " + name + ": " + of.refusal,
                      "write to it outside of transactions of Vow's, or change the table"});
    }
    if (!of.has_rowid()) {
      into.push_back({finding::weight::tells, "VOW-5159",
                      name + " is WITHOUT ROWID: its rows are kept by primary key", "nothing"});
    }
    const std::size_t guards = guards_of(on, name);
    const bool can_have = !of.key.empty() || !of.columns.empty();
    if (can_have && guards != (held ? 3u : 0u)) {
      into.push_back({finding::weight::warns, "VOW-5162",
                      name + " has " + std::to_string(guards) + " of its " + (held ? "3" : "0") +
                          " guard triggers: " + (held ? "others can write to it" : "nobody can write to it"),
                      held ? "let nobody write to it until the prepared branch has ended"
                           : "drop the triggers that are named vow_guard_..."});
    }
  }
}

}  // namespace detail

[[nodiscard]] inline std::vector<finding> check(sqlite3* connection) {
  std::vector<finding> all;
  detail::check_library(all);
  detail::check_settings(connection, all);
  detail::check_tables(connection, all);
  return all;
}
// As above, of a database that is in use here.
[[nodiscard]] inline std::vector<finding> check(database& in) {
  const database::turn turn(in, database::clock::time_point::max(), {});
  return in.as_vow([&] { return check(turn.connection()); });
}

}  // namespace vow::sqlite
