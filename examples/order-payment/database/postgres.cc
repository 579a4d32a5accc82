#include <pqxx/pqxx>
#include <vow/postgres.h>

#include "database/database.h"

namespace shop {
namespace {

class PostgresStatements final : public Statements {
 public:
  explicit PostgresStatements(pqxx::transaction_base& on) : on_(on) {}

  std::size_t change(const std::string& sql, const Values& values) override {
    return static_cast<std::size_t>(run(sql, values).affected_rows());
  }
  Rows ask(const std::string& sql, const Values& values) override {
    Rows rows;
    for (const auto& row : run(sql, values)) {
      auto& cells = rows.emplace_back();
      for (const auto& cell : row) cells.emplace_back(cell.is_null() ? "" : cell.c_str());
    }
    return rows;
  }

 private:
  // libpqxx 6 takes a list of values only one by one: they are put into the text, quoted by the server's
  // rules.
  pqxx::result run(const std::string& sql, const Values& values) {
    std::string text;
    std::size_t next = 0;
    for (const char c : sql) {
      if (c == '?') {
        text += std::visit([&](const auto& value) { return on_.quote(value); }, values.at(next++));
      } else {
        text += c;
      }
    }
    return on_.exec(text);
  }

  pqxx::transaction_base& on_;
};

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(vow::client& client, const std::string& name, const std::string& url)
      : resource_(client, name, [url] { return std::make_unique<pqxx::connection>(url); }) {}

  std::unique_ptr<Statements> in(vow::tx& tx) override {
    return std::make_unique<PostgresStatements>(resource_.enlist(tx));
  }
  vow::action tcc(const std::string& name, Step attempt, Step confirm, Step cancel) override {
    const auto on_postgres = [](Step step) {
      return
          [step = std::move(step)](pqxx::transaction_base& db, const vow::branch_info&, std::string& bytes) {
            PostgresStatements statements(db);
            step(statements, bytes);
          };
    };
    return resource_.tcc(name, on_postgres(std::move(attempt)), on_postgres(std::move(confirm)),
                         on_postgres(std::move(cancel)));
  }

 private:
  vow::postgres::resource resource_;
};

}  // namespace

std::unique_ptr<Database> open_postgres(vow::client& client, const std::string& name, const std::string& url,
                                        const std::string& tables) {
  {
    pqxx::connection connection(url);
    pqxx::nontransaction(connection).exec(tables);
  }
  return std::make_unique<PostgresDatabase>(client, name, url);
}

}  // namespace shop
