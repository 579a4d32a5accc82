// Which rows a branch has touched, by their keys: collected while its statements, its triggers and its
// foreign keys' actions run. A row that an update moves is touched at both of its keys.
#pragma once

#include <exception>
#include <map>
#include <set>
#include <string>

#include "vow/sqlite/api.h"
#include "vow/sqlite/encoding.h"
#include "vow/sqlite/tables.h"

namespace vow::sqlite {

class touched {
 public:
  // Encoded keys of each table. Ordered, so that equal work is written down equally.
  using keys = std::map<std::string, std::set<std::string>>;

  explicit touched(const tables& of) : tables_(of) {}

  // What the preupdate hook is told. Kept back for taken(), since nothing may be thrown through SQLite.
  void note(sqlite3* database, int operation, const char* in, const char* name, sqlite3_int64 old_rowid,
            sqlite3_int64 new_rowid) noexcept {
    try {
      if (std::string_view(in) != "main" || is_ours(name) || is_of_sqlite(name)) return;
      const table* of = tables_.find(name);
      if (of == nullptr) throw std::runtime_error("the table " + std::string(name) + " is not known");
      std::set<std::string>& into = keys_[name];
      if (operation != SQLITE_INSERT) {
        into.insert(key(database, *of, old_rowid, sqlite3_preupdate_old));
      }
      if (operation != SQLITE_DELETE) {
        into.insert(key(database, *of, new_rowid, sqlite3_preupdate_new));
      }
    } catch (...) {
      if (!failed_) failed_ = std::current_exception();
    }
  }

  [[nodiscard]] const keys& taken() const {
    if (failed_) std::rethrow_exception(failed_);
    return keys_;
  }

 private:
  template <class Read>
  static std::string key(sqlite3* database, const table& of, sqlite3_int64 rowid, Read read) {
    if (of.has_rowid()) return encoded({value{.type = SQLITE_INTEGER, .integer = rowid}});
    row values;
    for (const int column : of.key_columns) {
      sqlite3_value* is = nullptr;
      const int result = read(database, column, &is);
      if (result != SQLITE_OK) throw std::runtime_error("a key of " + of.name + " cannot be read");
      values.push_back(value::of(is));
    }
    return encoded(values);
  }

  const tables& tables_;
  keys keys_;
  std::exception_ptr failed_;
};

}  // namespace vow::sqlite
