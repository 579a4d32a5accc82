// Where a payment service keeps its money: a database of one of three kinds.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "vow/client.h"
#include "vow/mysql.h"
#include "vow/postgres.h"
#include "vow/sqlite.h"

namespace vow::poco {

struct TillPlace {
  std::string kind;      // "postgres", "mariadb" or "sqlite"
  std::string where;     // a connection string; MariaDB's socket; a file
  std::string database;  // MariaDB's
};

// Nothing in its tables keeps a charge from being made twice.
inline constexpr const char* till_tables[] = {
    "CREATE TABLE account (id INT PRIMARY KEY, coins INT NOT NULL)",
    "INSERT INTO account VALUES (1, 1000)",
    "CREATE TABLE charge (id INT NOT NULL, order_no VARCHAR(40) NOT NULL, PRIMARY KEY (id))",
};

class Till {
 public:
  virtual ~Till() = default;
  void charge(tx& in, const std::string& order_no) {
    run(in, "UPDATE account SET coins = coins - 10 WHERE id = 1");
    run(in, "INSERT INTO charge SELECT count(*) + 1, '" + order_no + "' FROM charge");
  }

 private:
  virtual void run(tx& in, const std::string& sql) = 0;
};

class PostgresTill final : public Till {
 public:
  PostgresTill(client& of, const TillPlace& at)
      : money_(of, "money-db", [dsn = at.where] { return std::make_unique<pqxx::connection>(dsn); }) {}

 private:
  void run(tx& in, const std::string& sql) override { money_.enlist(in).exec(sql); }
  postgres::resource money_;
};

class MariadbTill final : public Till {
 public:
  MariadbTill(client& of, const TillPlace& at) : money_(of, "money-db", mysql::connect_to(parameters(at))) {}

 private:
  static mysql::parameters parameters(const TillPlace& at) {
    mysql::parameters all;
    all.socket = at.where;
    all.user = "root";
    all.database = at.database;
    return all;
  }
  void run(tx& in, const std::string& sql) override { mysql::run(money_.enlist(in), sql); }
  mysql::resource money_;
};

class SqliteTill final : public Till {
 public:
  SqliteTill(client& of, const TillPlace& at, const std::string& name = "money-db")
      : money_(of, name, at.where) {}

 private:
  void run(tx& in, const std::string& sql) override {
    sqlite3* const file = money_.enlist(in);
    if (sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(file));
  }
  sqlite::resource money_;
};

inline std::unique_ptr<Till> open_till(client& of, const TillPlace& at) {
  if (at.kind == "postgres") return std::make_unique<PostgresTill>(of, at);
  if (at.kind == "mariadb") return std::make_unique<MariadbTill>(of, at);
  return std::make_unique<SqliteTill>(of, at);
}

}  // namespace vow::poco
