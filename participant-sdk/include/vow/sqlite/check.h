// What of a SQLite database stands in the way of branches, for `vow doctor`. It reads only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <unistd.h>

#include "vow/doctor.h"
#include "vow/record_check.h"
#include "vow/sqlite/database.h"
#include "vow/sqlite/guards.h"
#include "vow/sqlite/records.h"
#include "vow/sqlite/tables.h"

namespace vow::sqlite {

namespace detail {

inline void check_library(std::vector<finding>& into) {
  if (sqlite3_compileoption_used("ENABLE_PREUPDATE_HOOK") == 0 || sqlite3_libversion_number() < 3'037'000) {
    into.push_back(
        {severity::blocks, "VOW-5150",
         std::string("SQLite ") + sqlite3_libversion() + " cannot tell which rows a statement changes",
         "link SQLite 3.37 or later, compiled with SQLITE_ENABLE_PREUPDATE_HOOK"});
  }
  if (sqlite3_threadsafe() == 0) {
    into.push_back({severity::blocks, "VOW-5150", "SQLite is compiled without SQLITE_THREADSAFE",
                    "link one compiled with it: branches are ended on threads of the client"});
  }
  if (sqlite3_libversion_number() < 3'051'003) {
    into.push_back(
        {severity::warns, "VOW-5160",
         std::string("SQLite ") + sqlite3_libversion() +
             " can corrupt a database in WAL mode that several connections write to or check-point",
         "use SQLite 3.51.3 or later; until then let one process alone open the file, by one connection"});
  }
}

inline void check_settings(engine& on, std::vector<finding>& into) {
  const std::string mode = text_of(on, "PRAGMA main.journal_mode");
  if (mode != "wal") {
    into.push_back({severity::tells, "VOW-5152", "the journal is in mode " + mode,
                    "nothing: the first branch changes it to WAL, for good"});
  }
  if (integer_of(on, "PRAGMA main.synchronous") < 2) {
    into.push_back({severity::blocks, "VOW-5153",
                    "PRAGMA synchronous is below FULL: a power failure could lose what was vowed",
                    "set it to FULL or EXTRA in on_open"});
  }
  const std::string encoding = text_of(on, "PRAGMA encoding");
  if (encoding != "UTF-8") {
    into.push_back({severity::blocks, "VOW-5154", "texts are in " + encoding,
                    "copy the data into a database made with PRAGMA encoding = 'UTF-8'"});
  }
  if (integer_of(on, "SELECT count(*) FROM temp.sqlite_schema") > 0) {
    into.push_back({severity::blocks, "VOW-5155", "the connection has temporary tables, views or triggers",
                    "make them in another connection"});
  }
}

inline void check_tables(engine& on, std::vector<finding>& into) {
  tables all;
  all.refresh(on);
  const bool held = records::exist(on) && records::holder(on).has_value();
  for (const auto& [name, of] : all.all()) {
    if (!of.refusal.empty()) {
      into.push_back({severity::warns, "VOW-5159", "branches may not write to " + name + ": " + of.refusal,
                      "write to it outside of transactions of Vow's, or change the table"});
    }
    if (!of.has_rowid()) {
      into.push_back({severity::tells, "VOW-5159",
                      name + " is WITHOUT ROWID: its rows are kept by primary key", "nothing"});
    }
    if (held && of.can_have_triggers() && of.guards != guards::events.size()) {
      into.push_back({severity::warns, "VOW-5162",
                      name + " has " + std::to_string(of.guards) +
                          " of its 3 guard triggers: others can write to it beside a prepared branch",
                      "let nobody write to it until that has ended; the next branch makes them"});
    }
  }
}

}  // namespace detail

namespace detail {

inline void check_records(engine& on, std::vector<finding>& into) {
  record::table_facts seen;
  seen.exists = records::exist(on);
  statement asked(on, "SELECT name FROM pragma_table_info('vow_branch', 'main')");
  while (asked.step()) seen.columns.push_back(asked.text(0));
  for (finding& each : record::check_table(seen, "VOW-5163")) into.push_back(std::move(each));
}

// What is written there goes to files beside it too.
inline void check_file(engine& on, std::vector<finding>& into) {
  const char* name = sqlite3_db_filename(on, "main");
  if (name == nullptr || *name == 0) return;
  const std::string path = name;
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  if (::access(path.c_str(), R_OK | W_OK) == 0 && ::access(folder.c_str(), W_OK) == 0) return;
  into.push_back({severity::blocks, "VOW-5151",
                  "this user may not write to " + path + ", or not make files beside it",
                  "give the user that the program runs as the right to write to the file and its folder"});
}

}  // namespace detail

[[nodiscard]] inline std::vector<finding> check(sqlite3* connection) {
  engine on(connection);
  std::vector<finding> all;
  detail::check_library(all);
  detail::check_file(on, all);
  detail::check_settings(on, all);
  const std::size_t before = all.size();
  detail::check_records(on, all);
  const bool is_another = all.size() > before && all.back().how == severity::blocks;
  if (!is_another) detail::check_tables(on, all);
  return all;
}
// As above, of a database that is in use here.
[[nodiscard]] inline std::vector<finding> check(database& in) {
  const database::turn turn(in, database::clock::time_point::max(), {});
  return in.as_vow([&] { return check(turn.connection()); });
}

}  // namespace vow::sqlite
