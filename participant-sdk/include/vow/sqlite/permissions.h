// What the statements of a branch may do: read everything, and write rows of ordinary tables in the main
// database. All else is refused before it runs, since a branch could not put it back and do it again later:
// changes of the schema, other databases, virtual tables, the transaction itself, settings that are written
// to the file, and tables of Vow and of SQLite. Temporary tables too: what is in them is no part of the
// database, so their rows would be lost with the work at prepare().
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "vow/sqlite/api.h"
#include "vow/sqlite/tables.h"

namespace vow::sqlite::permissions {

namespace detail {

inline bool is_one_of(std::string_view name, const auto& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](const char* each) { return sqlite3_stricmp(std::string(name).c_str(), each) == 0; });
}

// Those that only tell, also where they take an argument; and one that ends with the transaction.
inline bool may_ask(const char* pragma, const char* argument) {
  constexpr std::array always{"table_info",    "table_xinfo",     "table_list",       "index_list",
                              "index_info",    "index_xinfo",     "foreign_key_list", "foreign_key_check",
                              "quick_check",   "integrity_check", "function_list",    "collation_list",
                              "database_list", "compile_options", "pragma_list",      "defer_foreign_keys",
                              "module_list"};
  constexpr std::array without_argument{"foreign_keys",   "user_version", "schema_version",
                                        "application_id", "page_count",   "page_size",
                                        "journal_mode",   "synchronous",  "freelist_count",
                                        "encoding",       "data_version", "recursive_triggers"};
  return is_one_of(pragma, always) || (argument == nullptr && is_one_of(pragma, without_argument));
}

inline std::string write_refusal(const tables& known, const std::string& name, const char* in) {
  if (name == "sqlite_master" || name == "sqlite_temp_master") return "it changes the schema";
  if (in != nullptr && std::string_view(in) != "main") {
    return "it writes to " + std::string(in) + "." + name + ": only the main database is kept";
  }
  if (is_ours(name)) return "it writes to " + name + ", which belongs to Vow";
  if (is_of_sqlite(name)) return "it writes to " + name + ", which belongs to SQLite";
  if (known.is_view(name)) return {};
  const table* of = known.find(name);
  if (of == nullptr) return "it writes to " + name + ", which is no table that can be followed";
  return of->refusal.empty() ? std::string() : "it writes to " + name + ": " + of->refusal;
}

}  // namespace detail

// Why it may not; empty: it may. Takes what an authorizer is given.
inline std::string refusal(const tables& known, int action, const char* first, const char* second,
                           const char* in) {
  const std::string name = first == nullptr ? "" : first;
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION:
    case SQLITE_RECURSIVE:
      return {};
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return detail::write_refusal(known, name, in);
    case SQLITE_SAVEPOINT:
      return second != nullptr && is_ours(second) ? "savepoints named vow_ belong to Vow" : std::string();
    case SQLITE_TRANSACTION:
      return "it is " + name + ", but the transaction is Vow's: it ends when the branch does";
    case SQLITE_PRAGMA:
      return detail::may_ask(first, second) ? std::string()
                                            : "it is PRAGMA " + name + ", which changes settings";
    case SQLITE_ATTACH:
    case SQLITE_DETACH:
      return "it attaches or detaches a database: only the main one is kept";
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_VTABLE:
      return "it makes or drops a virtual table, whose changes cannot be followed";
    default:
      return "it changes the schema or what SQLite knows of it, which cannot be kept until the end";
  }
}

}  // namespace vow::sqlite::permissions
