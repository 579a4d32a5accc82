#include <stdexcept>

#include <vow/sqlite.h>

#include "database/database.h"

namespace shop {
namespace {

void make_tables(const std::string& path, const std::string& tables) {
  sqlite3* file = nullptr;
  const bool made = sqlite3_open(path.c_str(), &file) == SQLITE_OK &&
                    sqlite3_exec(file, tables.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
  const std::string problem = sqlite3_errmsg(file);
  sqlite3_close(file);
  if (!made) throw std::runtime_error(path + ": " + problem);
}

class SqliteStatements final : public Statements {
 public:
  explicit SqliteStatements(sqlite3* on) : on_(on) {}

  std::size_t change(const std::string& sql, const Values& values) override {
    (void)ask(sql, values);
    return static_cast<std::size_t>(sqlite3_changes(on_));
  }
  Rows ask(const std::string& sql, const Values& values) override {
    sqlite3_stmt* compiled = nullptr;
    check(sqlite3_prepare_v2(on_, sql.c_str(), -1, &compiled, nullptr));
    const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(compiled, sqlite3_finalize);
    for (std::size_t i = 0; i < values.size(); ++i) bind(compiled, static_cast<int>(i) + 1, values[i]);
    Rows rows;
    int result = sqlite3_step(compiled);
    for (; result == SQLITE_ROW; result = sqlite3_step(compiled)) rows.push_back(row_of(compiled));
    if (result != SQLITE_DONE) check(result);
    return rows;
  }

 private:
  void check(int result) const {
    if (result != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(on_));
  }
  void bind(sqlite3_stmt* to, int at, const Value& value) const {
    if (const auto* number = std::get_if<std::int64_t>(&value))
      return check(sqlite3_bind_int64(to, at, *number));
    const auto& text = std::get<std::string>(value);
    check(sqlite3_bind_text(to, at, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT));
  }
  static std::vector<std::string> row_of(sqlite3_stmt* from) {
    std::vector<std::string> row;
    for (int i = 0; i < sqlite3_column_count(from); ++i) {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(from, i));
      row.emplace_back(text == nullptr ? "" : text);
    }
    return row;
  }

  sqlite3* on_;
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(vow::client& client, const std::string& name, const std::string& path)
      : resource_(client, name, path) {}

  std::unique_ptr<Statements> in(vow::tx& tx) override {
    return std::make_unique<SqliteStatements>(resource_.enlist(tx));
  }
  vow::action tcc(const std::string& name, Step attempt, Step confirm, Step cancel) override {
    const auto on_sqlite = [](Step step) {
      return [step = std::move(step)](sqlite3* db, const vow::branch_info&, std::string& bytes) {
        SqliteStatements statements(db);
        step(statements, bytes);
      };
    };
    return resource_.tcc(name, on_sqlite(std::move(attempt)), on_sqlite(std::move(confirm)),
                         on_sqlite(std::move(cancel)));
  }

 private:
  vow::sqlite::resource resource_;
};

}  // namespace

// The tables come first: a branch may not make any, and the resource is this process's only connection.
std::unique_ptr<Database> open_sqlite(vow::client& client, const std::string& name, const std::string& path,
                                      const std::string& tables) {
  make_tables(path, tables);
  return std::make_unique<SqliteDatabase>(client, name, path);
}

}  // namespace shop
