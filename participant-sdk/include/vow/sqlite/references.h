// References of kept rows that lead nowhere. SQLite checks foreign keys as the work is done, and again at
// prepare(); the commit puts rows in place without, and compares this number: a branch whose parents were
// removed by a writer that passed the guards by is stopped. Counted, not forbidden: some are there legally,
// from times when foreign keys were off.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "vow/sqlite/api.h"
#include "vow/sqlite/tables.h"

namespace vow::sqlite::references {

namespace detail {

struct reference {
  std::string parent;
  std::vector<std::pair<std::string, std::string>> columns;  // child's, parent's
};

// An empty name of a parent's column stands for the next one of its primary key.
inline std::vector<reference> of(engine& database, const std::string& child) {
  std::map<std::int64_t, reference> by_number;
  statement asked(database,
                  "SELECT f.id, f.\"table\", f.\"from\", coalesce(f.\"to\", (SELECT name FROM "
                  "pragma_table_xinfo(f.\"table\", 'main') WHERE pk = f.seq + 1), '') "
                  "FROM pragma_foreign_key_list(?1, 'main') f ORDER BY f.id, f.seq");
  asked.bind(1, std::string_view(child));
  while (asked.step()) {
    reference& is = by_number[asked.integer(0)];
    is.parent = asked.text(1);
    is.columns.emplace_back(asked.text(2), asked.text(3));
  }
  std::vector<reference> all;
  for (auto& [number, is] : by_number) all.push_back(std::move(is));
  return all;
}

// The parent's column stands on the left, so that its collation decides, as it does for SQLite.
inline std::string query(const table& child, const reference& is) {
  std::string wanted;
  std::string matches;
  for (const auto& [from, to] : is.columns) {
    wanted += " AND c." + in_quotes(from) + " IS NOT NULL";
    matches += (matches.empty() ? "p." : " AND p.") + in_quotes(to) + " = c." + in_quotes(from);
  }
  std::string key;
  for (const std::string& each : child.key)
    key += (key.empty() ? "c." : " AND c.") + in_quotes(each) + " = ?";
  return "SELECT count(*) FROM main." + in_quotes(child.name) + " c WHERE " + key + wanted +
         " AND NOT EXISTS (SELECT 1 FROM main." + in_quotes(is.parent) + " p WHERE " + matches + ")";
}

}  // namespace detail

inline std::uint64_t dangling(engine& database, const table& child, const std::vector<row>& rows) {
  if (!child.refers) return 0;
  std::uint64_t count = 0;
  for (const detail::reference& each : detail::of(database, child.name)) {
    const bool has_parent = integer_of(database,
                                       "SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' "
                                       "AND name = " +
                                           in_quotes(each.parent, '\'') + " COLLATE NOCASE") > 0;
    const bool is_whole = std::all_of(each.columns.begin(), each.columns.end(),
                                      [](const auto& names) { return !names.second.empty(); });
    if (!has_parent || !is_whole) continue;
    statement asked(database, detail::query(child, each));
    for (const row& one : rows) {
      asked.bind_all({one.begin(), one.begin() + static_cast<std::ptrdiff_t>(child.key.size())});
      if (asked.step()) count += static_cast<std::uint64_t>(asked.integer(0));
      asked.reset();
    }
  }
  return count;
}

}  // namespace vow::sqlite::references
