#include "tests/demo/databases.h"

#include <optional>
#include <stdexcept>

#include <Poco/URI.h>
#include <fmt/format.h>
#include <mysql.h>
#include <pqxx/pqxx>
#include <sqlite3.h>

#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"

namespace vow::demo {
namespace {

using Rows = std::vector<std::vector<std::string>>;

Rows ask_sqlite(const std::string& path, const std::string& sql) {
  sqlite3* file = nullptr;
  Rows rows;
  const auto add = [](void* into, int count, char** cells, char**) {
    auto& row = static_cast<Rows*>(into)->emplace_back();
    for (int i = 0; i < count; ++i) row.emplace_back(cells[i] == nullptr ? "" : cells[i]);
    return 0;
  };
  const int opened = sqlite3_open_v2(path.c_str(), &file, SQLITE_OPEN_READWRITE, nullptr);
  sqlite3_busy_timeout(file, 10'000);
  const int asked = opened == SQLITE_OK ? sqlite3_exec(file, sql.c_str(), add, &rows, nullptr) : opened;
  const std::string problem = sqlite3_errmsg(file);
  sqlite3_close(file);
  if (asked != SQLITE_OK) throw std::runtime_error(path + ": " + problem);
  return rows;
}

Rows ask_postgres(const std::string& url, const std::string& sql) {
  pqxx::connection connection(url);
  Rows rows;
  for (const auto& row : pqxx::nontransaction(connection).exec(sql)) {
    auto& cells = rows.emplace_back();
    for (const auto& cell : row) cells.emplace_back(cell.is_null() ? "" : cell.c_str());
  }
  return rows;
}

Rows ask_mysql(const std::string& url, const std::string& sql) {
  const Poco::URI uri(url);
  const std::unique_ptr<MYSQL, decltype(&mysql_close)> on(mysql_init(nullptr), mysql_close);
  if (mysql_real_connect(on.get(), uri.getHost().c_str(), uri.getUserInfo().c_str(), "",
                         uri.getPath().substr(1).c_str(), uri.getPort(), nullptr, 0) == nullptr ||
      mysql_query(on.get(), sql.c_str()) != 0)
    throw std::runtime_error(url + ": " + mysql_error(on.get()));
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> found(mysql_store_result(on.get()),
                                                                       mysql_free_result);
  Rows rows;
  while (const MYSQL_ROW row = mysql_fetch_row(found.get())) {
    auto& cells = rows.emplace_back();
    for (unsigned i = 0; i < mysql_num_fields(found.get()); ++i)
      cells.emplace_back(row[i] == nullptr ? "" : row[i]);
  }
  return rows;
}

Rows ask(const std::string& url, const std::string& sql) {
  if (url.starts_with("sqlite:")) return ask_sqlite(url.substr(7), sql);
  return url.starts_with("mysql:") ? ask_mysql(url, sql) : ask_postgres(url, sql);
}

std::int64_t number_of(const std::string& url, const std::string& sql) {
  return std::stoll(ask(url, sql).at(0).at(0));
}

class Made final : public Databases {
 public:
  Made(const std::string& kind, const std::string& folder) {
    const bool is_mixed = kind == "mixed";
    const auto one = [&](const std::string& of, const std::string& name) {
      if (of == "postgres") return on_postgres();
      if (of == "mysql") return on_mysql();
      if (of == "sqlite") return fmt::format("sqlite:{}/{}.db", folder, name);
      throw std::invalid_argument("there is no database '" + of + "': sqlite, postgres, mysql or mixed");
    };
    urls_ = {one(is_mixed ? "mysql" : kind, "inventory"), one(is_mixed ? "postgres" : kind, "payments"),
             one(is_mixed ? "sqlite" : kind, "orders")};
  }

 private:
  std::string on_postgres() {
    if (!postgres_)
      postgres_.emplace(testing::PostgresSettings{.prepared_max = 200,
                                                  .fsync = true,
                                                  .full_page_writes = true,
                                                  .others = {{"max_connections", "200"}}});
    return postgres_->url(postgres_->new_database());
  }
  std::string on_mysql() {
    if (!mysql_) mysql_.emplace();
    return fmt::format("mysql://root@127.0.0.1:{}/{}", mysql_->port(), mysql_->new_database());
  }

  std::optional<testing::PostgresServer> postgres_;
  std::optional<testing::MariadbServer> mysql_;
};

}  // namespace

Totals Databases::totals() const {
  Totals all;
  all.pieces = number_of(inventory(), "SELECT COALESCE(SUM(pieces), 0) FROM item");
  all.coins = number_of(payments(), "SELECT COALESCE(SUM(coins + reserved), 0) FROM account");
  all.pieces_bought = number_of(orders(), "SELECT COALESCE(SUM(pieces), 0) FROM purchase");
  all.coins_spent = number_of(orders(), "SELECT COALESCE(SUM(coins), 0) FROM purchase");
  for (const auto& row : ask(orders(), "SELECT id FROM purchase")) all.orders.insert(row.at(0));
  return all;
}

std::unique_ptr<Databases> make_databases(const std::string& kind, const std::string& folder) {
  return std::make_unique<Made>(kind, folder);
}

std::string shell_command(const std::string& url, const std::string& sql) {
  if (url.starts_with("sqlite:")) return fmt::format("sqlite3 {} '{}'", url.substr(7), sql);
  if (!url.starts_with("mysql:")) return fmt::format("psql {} -c '{}'", url, sql);
  const Poco::URI uri(url);
  return fmt::format("mariadb -h {} -P {} -u {} {} -e '{}'", uri.getHost(), uri.getPort(), uri.getUserInfo(),
                     uri.getPath().substr(1), sql);
}

}  // namespace vow::demo
