// The tables of a database as a branch sees them: which columns are kept, by what a row is found again, and
// which tables cannot be followed.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "vow/sqlite/api.h"

namespace vow::sqlite {

// Tables, indices and triggers of ours in the user's database; and those of SQLite.
[[nodiscard]] inline bool is_ours(std::string_view name) {
  return name.size() >= 4 && sqlite3_strnicmp(name.data(), "vow_", 4) == 0;
}
[[nodiscard]] inline bool is_of_sqlite(std::string_view name) {
  return name.size() >= 7 && sqlite3_strnicmp(name.data(), "sqlite_", 7) == 0;
}

struct table {
  std::string name;
  std::string sql;                   // that made it: with another, kept rows may not fit any more
  std::vector<std::string> key;      // the rowid under a name that no column hides, or the primary key
  std::vector<int> key_columns;      // their numbers, without rowid; else empty
  std::vector<std::string> columns;  // all that an insert may name: no generated ones, nor those of `key`
  std::string refusal;               // why branches may not write to it; empty: they may
  bool refers = false;               // to other tables, by foreign keys
  std::size_t guards = 0;            // how many triggers of guards.h it has

  // Not if it is virtual, or a part of such a table.
  [[nodiscard]] bool can_have_triggers() const { return !columns.empty() || !key.empty(); }
  [[nodiscard]] bool has_rowid() const { return key_columns.empty(); }

  // All of a row that matters, its key first.
  [[nodiscard]] std::string select() const {
    return "SELECT " + list(key) + (columns.empty() ? "" : ", " + list(columns)) + " FROM main." +
           in_quotes(name) + by_key();
  }
  [[nodiscard]] std::string erase() const { return "DELETE FROM main." + in_quotes(name) + by_key(); }
  // ABORT, whatever the table's constraints say of conflicts: nothing may be replaced silently.
  [[nodiscard]] std::string insert() const {
    std::string places = "?";
    for (std::size_t i = 1; i < key.size() + columns.size(); ++i) places += ", ?";
    return "INSERT OR ABORT INTO main." + in_quotes(name) + "(" + list(key) +
           (columns.empty() ? "" : ", " + list(columns)) + ") VALUES (" + places + ")";
  }
  [[nodiscard]] std::string by_key() const {
    std::string text;
    for (const std::string& each : key)
      text += (text.empty() ? " WHERE " : " AND ") + in_quotes(each) + " = ?";
    return text;
  }

 private:
  static std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& each : names) text += (text.empty() ? "" : ", ") + in_quotes(each);
    return text;
  }
};

namespace detail {

struct column {
  std::string name;
  std::string type;
  int key_place = 0;  // from 1; 0: not in the primary key
  bool is_virtual = false;
  bool is_generated = false;
};

inline std::vector<column> columns_of(engine& database, const std::string& name) {
  std::vector<column> all;
  statement asked(database, "SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1, 'main') ORDER BY cid");
  asked.bind(1, std::string_view(name));
  while (asked.step()) {
    const auto hidden = asked.integer(3);  // 2: generated when read, 3: when written
    all.push_back(
        {asked.text(0), asked.text(1), static_cast<int>(asked.integer(2)), hidden == 2, hidden >= 2});
  }
  return all;
}

// As SQLite decides it from the declared type.
inline bool has_real_affinity(const column& of) {
  const auto has = [&](const char* part) { return sqlite3_strlike(part, of.type.c_str(), 0) == 0; };
  if (has("%INT%") || has("%CHAR%") || has("%CLOB%") || has("%TEXT%") || has("%BLOB%")) return false;
  return has("%REAL%") || has("%FLOA%") || has("%DOUB%");
}

inline void find_rowid(table& into, const std::vector<column>& all) {
  for (const char* name : {"rowid", "_rowid_", "oid"}) {
    bool is_hidden = false;
    for (const column& each : all) is_hidden |= sqlite3_stricmp(each.name.c_str(), name) == 0;
    if (is_hidden) continue;
    into.key = {name};
    return;
  }
  into.refusal = "its columns hide every name of the rowid";
}

// The hook that tells of changes gives wrong values of some keys: it counts virtual columns when it should
// not, and takes a column's affinity from its place in the key rather than in the table.
inline void find_primary_key(table& into, const std::vector<column>& all) {
  std::map<int, int> by_place;
  for (int i = 0; i < static_cast<int>(all.size()); ++i) {
    if (all[static_cast<std::size_t>(i)].key_place > 0)
      by_place[all[static_cast<std::size_t>(i)].key_place] = i;
  }
  bool virtual_before = false;
  int last = -1;
  for (const auto& [place, number] : by_place) {
    into.key.push_back(all[static_cast<std::size_t>(number)].name);
    into.key_columns.push_back(number);
    last = std::max(last, number);
    const bool is_misread =
        place - 1 != number && has_real_affinity(all[static_cast<std::size_t>(place - 1)]);
    if (is_misread) into.refusal = "its primary key comes after a column of real numbers";
  }
  for (int i = 0; i < last; ++i) virtual_before |= all[static_cast<std::size_t>(i)].is_virtual;
  if (virtual_before) into.refusal = "its primary key comes after a generated column";
}

inline bool refers(engine& database, const std::string& name) {
  statement asked(database, "SELECT count(*) FROM pragma_foreign_key_list(?1, 'main')");
  asked.bind(1, std::string_view(name));
  return asked.step() && asked.integer(0) > 0;
}

inline std::size_t guards_of(engine& database, const std::string& name) {
  statement asked(database,
                  "SELECT count(*) FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ?1 "
                  "AND name LIKE 'vow\\_guard\\_%' ESCAPE '\\'");
  asked.bind(1, std::string_view(name));
  return asked.step() ? static_cast<std::size_t>(asked.integer(0)) : 0;
}

inline table describe(engine& database, std::string name, std::string sql, bool without_rowid) {
  table is{.name = std::move(name),
           .sql = std::move(sql),
           .key = {},
           .key_columns = {},
           .columns = {},
           .refusal = {}};
  is.refers = refers(database, is.name);
  is.guards = guards_of(database, is.name);
  const std::vector<column> all = columns_of(database, is.name);
  if (without_rowid) {
    find_primary_key(is, all);
  } else {
    find_rowid(is, all);
  }
  for (const column& each : all) {
    const bool in_key = without_rowid && each.key_place > 0;
    if (!each.is_generated && !in_key) is.columns.push_back(each.name);
  }
  return is;
}

}  // namespace detail

class tables {
 public:
  // As the database has them now. Not after changes of the schema that may yet be rolled back: another
  // change could bring the same version.
  void refresh(engine& database) {
    const std::int64_t now = integer_of(database, "PRAGMA main.schema_version");
    if (now == seen_) return;
    by_name_.clear();
    views_.clear();
    has_rules_ =
        integer_of(database,
                   "SELECT count(*) FROM main.sqlite_schema WHERE type = 'trigger' AND name NOT LIKE "
                   "'vow\\_%' ESCAPE '\\' OR type = 'table' AND upper(sql) LIKE '%CHECK%'") > 0;
    statement asked(database,
                    "SELECT l.name, l.type, l.wr, coalesce(s.sql, '') FROM pragma_table_list l "
                    "LEFT JOIN main.sqlite_schema s ON s.name = l.name AND s.type IN ('table', 'view') "
                    "WHERE l.schema = 'main'");
    while (asked.step()) add(database, asked.text(0), asked.text(1), asked.text(3), asked.integer(2) != 0);
    seen_ = now;
  }

  [[nodiscard]] const table* find(const std::string& name) const {
    const auto at = by_name_.find(name);
    return at == by_name_.end() ? nullptr : &at->second;
  }
  [[nodiscard]] bool is_view(const std::string& name) const { return views_.contains(name); }
  // Whether anything may act or object when rows are written: triggers, foreign keys or checks.
  [[nodiscard]] bool has_rules() const { return has_rules_; }
  [[nodiscard]] const std::map<std::string, table>& all() const { return by_name_; }

 private:
  void add(engine& database, const std::string& name, const std::string& type, const std::string& sql,
           bool without_rowid) {
    if (is_ours(name) || is_of_sqlite(name)) return;
    if (type == "view") {
      views_.insert(name);
    } else if (type == "table") {
      const table is = detail::describe(database, name, sql, without_rowid);
      has_rules_ |= is.refers;
      by_name_.emplace(name, is);
    } else {
      table virtual_one;
      virtual_one.name = name;
      virtual_one.refusal = type == "virtual" ? "it is virtual: its changes cannot be followed"
                                              : "it belongs to a virtual table";
      by_name_.emplace(name, std::move(virtual_one));
    }
  }

  std::map<std::string, table> by_name_;
  std::set<std::string> views_;
  bool has_rules_ = false;
  std::int64_t seen_ = -1;  // the schema's version
};

}  // namespace vow::sqlite
