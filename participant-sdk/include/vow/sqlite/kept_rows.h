// What a prepared branch keeps, in the payload of its row in vow_branch: the touched rows as the work left
// them, to be put in place at the commit.
//
//   version 1   the number 1; the digest of the touched rows as they were before the work; how many
//   references of kept
//               rows lead nowhere; how many tables, and of each: its name, the statement that made it, how
//               many keys, the keys, how many rows, the rows (key first); how many rows of sqlite_sequence,
//               and of each: rowid, name, sequence
//
// Nothing but the end may write to the database while the branch is prepared, so that rows by key are enough.
// The digest proves it: whoever passed the guards by, or renumbered rowids by VACUUM, is found out, and not
// overwritten.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "vow/sqlite/api.h"
#include "vow/sqlite/encoding.h"
#include "vow/sqlite/references.h"
#include "vow/sqlite/tables.h"
#include "vow/sqlite/touched.h"

namespace vow::sqlite {

struct kept_rows {
  struct of_table {
    std::string name;
    std::string sql;
    std::vector<std::string> keys;  // touched, encoded
    std::vector<row> rows;          // those of them that are there after the work
  };
  struct sequence {
    std::int64_t rowid = 0;
    std::string name;
    value last;
    bool operator==(const sequence&) const = default;
  };

  std::uint64_t before = 0;
  std::uint64_t dangling = 0;
  std::vector<of_table> tables;
  std::vector<sequence> sequences;

  static constexpr std::uint64_t version = 1;

  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static kept_rows decode(std::string_view payload);
};

inline std::string kept_rows::encode() const {
  encoder to;
  to.number(version);
  to.number(before);
  to.number(dangling);
  to.number(tables.size());
  for (const of_table& each : tables) {
    to.string(each.name);
    to.string(each.sql);
    to.number(each.keys.size());
    for (const std::string& key : each.keys) to.string(key);
    to.number(each.rows.size());
    for (const row& kept : each.rows) to.add(kept);
  }
  to.number(sequences.size());
  for (const sequence& each : sequences) {
    to.number(static_cast<std::uint64_t>(each.rowid));
    to.string(each.name);
    to.add(each.last);
  }
  return to.take();
}

inline kept_rows kept_rows::decode(std::string_view payload) {
  decoder from(payload);
  if (from.number() != version) throw std::runtime_error("a newer version of Vow has written it");
  kept_rows is;
  is.before = from.number();
  is.dangling = from.number();
  for (auto left = from.number(); left > 0; --left) {
    of_table& each = is.tables.emplace_back();
    each.name = from.string();
    each.sql = from.string();
    for (auto keys = from.number(); keys > 0; --keys) each.keys.push_back(from.string());
    for (auto rows = from.number(); rows > 0; --rows) each.rows.push_back(from.whole_row());
  }
  for (auto left = from.number(); left > 0; --left) {
    sequence& each = is.sequences.emplace_back();
    each.rowid = static_cast<std::int64_t>(from.number());
    each.name = from.string();
    each.last = from.one();
  }
  if (!from.at_end()) throw std::runtime_error("it goes on after its end");
  return is;
}

namespace keeping {

// Each row once: several keys of a collated primary key may name the same one.
inline std::vector<row> rows_of(engine& database, const table& of, const auto& keys) {
  std::vector<row> found;
  std::set<std::string> seen;
  statement asked(database, of.select());
  for (const std::string& key : keys) {
    asked.bind_all(decoded_row(key));
    while (asked.step()) {
      row is = asked.whole();
      const row by(is.begin(), is.begin() + static_cast<std::ptrdiff_t>(of.key.size()));
      if (seen.insert(encoded(by)).second) found.push_back(std::move(is));
    }
    asked.reset();
  }
  return found;
}

// FNV-1a: it guards against accidents, not against people who know it.
inline std::uint64_t digest(engine& database, const tables& now, const std::vector<kept_rows::of_table>& of) {
  std::uint64_t is = 14695981039346656037u;
  const auto add = [&](std::string_view text) {
    for (const char c : text) is = (is ^ static_cast<unsigned char>(c)) * 1099511628211u;
  };
  for (const kept_rows::of_table& each : of) {
    add(each.name);
    const table* found = now.find(each.name);
    if (found == nullptr) continue;
    for (const row& was : rows_of(database, *found, each.keys)) add(encoded(was));
  }
  return is;
}

using sequences = std::map<std::string, kept_rows::sequence>;
inline sequences sequences_of(engine& database) {
  sequences all;
  const bool has_any =
      integer_of(database, "SELECT count(*) FROM main.sqlite_schema WHERE name = 'sqlite_sequence'") > 0;
  if (!has_any) return all;
  statement asked(database, "SELECT rowid, name, seq FROM main.sqlite_sequence");
  while (asked.step()) {
    const row is = asked.whole();
    all[is[1].bytes] = {is[0].integer, is[1].bytes, is[2]};
  }
  return all;
}

// The work as it is now, in the open transaction.
inline kept_rows take(engine& database, const tables& now, const touched::keys& keys) {
  kept_rows is;
  for (const auto& [name, of_it] : keys) {
    const table* of = now.find(name);
    if (of == nullptr) throw std::runtime_error("the table " + name + " is gone");
    is.tables.push_back({name, of->sql, {of_it.begin(), of_it.end()}, rows_of(database, *of, of_it)});
    is.dangling += references::dangling(database, *of, is.tables.back().rows);
  }
  for (const auto& [name, one] : sequences_of(database)) is.sequences.push_back(one);
  return is;
}

// Once the work has been put back: what was before it; and which sequences it has moved.
inline void compare_with_before(engine& database, const tables& now, kept_rows& is) {
  is.before = digest(database, now, is.tables);
  const sequences before = sequences_of(database);
  std::erase_if(is.sequences, [&](const kept_rows::sequence& each) {
    const auto at = before.find(each.name);
    return at != before.end() && encoded({at->second.last}) == encoded({each.last});
  });
}

// The name of a table that is not as it was when the work was prepared; empty: all are.
inline std::string changed_since(engine& database, const tables& now, const kept_rows& since) {
  for (const kept_rows::of_table& each : since.tables) {
    const table* of = now.find(each.name);
    if (of == nullptr || of->sql != each.sql) return "the table " + each.name;
  }
  return digest(database, now, since.tables) == since.before ? "" : "touched rows";
}

// With their rowids: the order in which tables got theirs is kept too.
inline void set_sequences(engine& database, const sequences& to) {
  if (to.empty()) return;
  execute(database, "DELETE FROM main.sqlite_sequence");
  statement insert(database, "INSERT INTO main.sqlite_sequence(rowid, name, seq) VALUES (?1, ?2, ?3)");
  for (const auto& [name, is] : to) {
    insert.bind(1, is.rowid).bind(2, std::string_view(name)).bind(3, is.last).run();
  }
}

// Foreign keys, triggers and checks must be off: all that they do was done when the work was. Inserts raise
// sequences where the work, by an update, may not have done so.
inline void put_in_place(engine& database, const tables& now, const kept_rows& kept) {
  sequences last = sequences_of(database);
  for (const kept_rows::sequence& each : kept.sequences) last[each.name] = each;
  for (const kept_rows::of_table& each : kept.tables) {
    statement erase(database, now.find(each.name)->erase());
    for (const std::string& key : each.keys) erase.bind_all(decoded_row(key)).run();
  }
  for (const kept_rows::of_table& each : kept.tables) {
    statement insert(database, now.find(each.name)->insert());
    for (const row& one : each.rows) insert.bind_all(one).run();
  }
  if (!(sequences_of(database) == last)) set_sequences(database, last);
}

}  // namespace keeping
}  // namespace vow::sqlite
