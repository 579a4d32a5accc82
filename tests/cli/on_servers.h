// Real servers for tests of the command line, each with a database of the test's own; and one cell.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pqxx/pqxx>

#include "tests/cli/cell_of_tests.h"
#include "tests/cli/terminal.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"

#include "vow/mysql/begin.h"
#include "vow/postgres/xa_branch.h"

namespace vow::cli {

class OnServers : public ::testing::Test {
 protected:
  static vow::testing::PostgresServer& postgres_server() {
    static vow::testing::PostgresServer server({.prepared_max = 100});
    return server;
  }
  static vow::testing::MariadbServer& mariadb_server() {
    static vow::testing::MariadbServer server;
    return server;
  }

  [[nodiscard]] std::string postgres_url(const std::string& user = vow::testing::PostgresServer::user) const {
    pqxx::connection on(orders_dsn_);
    return "postgresql://" + user + "@" + on.hostname() + ":" + on.port() + "/" + on.dbname();
  }
  [[nodiscard]] std::string mysql_url(const std::string& user = "root") const {
    return "mysql://" + user + "@localhost/" + money_database_ + "?socket=" + money_.socket();
  }
  // The first value of the answer.
  std::string in_orders(const std::string& sql) const {
    pqxx::connection on(orders_dsn_);
    const pqxx::result result = pqxx::nontransaction(on).exec(sql);
    return result.empty() || result[0][0].is_null() ? "" : result[0][0].as<std::string>();
  }
  std::string in_money(const std::string& sql) const {
    const mysql::connection on(money_.connect(money_database_));
    const mysql::rows rows = mysql::run(on.get(), sql);
    return rows.empty() ? "" : rows[0].at(0);
  }

  // Prepared by a program that is gone.
  void prepare_in_orders(const preparation& as) {
    postgres::database in([dsn = orders_dsn_] { return std::make_unique<pqxx::connection>(dsn); }, {});
    const auto branch = postgres::xa_branch::begin(in, as, std::chrono::seconds(2));
    branch->work().exec("insert into purchase values (1)");
    EXPECT_EQ(branch->prepare(), ballot::prepared);
  }
  void prepare_in_money(const preparation& as) {
    mysql::parameters where;
    where.socket = money_.socket();
    where.user = "root";
    where.database = money_database_;
    const auto pool = std::make_shared<mysql::pool>(mysql::connect_to(where), mysql::options{});
    const mysql::start begun = mysql::begin(pool, as);
    mysql::run(begun.branch->get(), "INSERT INTO account VALUES (1)");
    EXPECT_EQ(begun.branch->prepare(), ballot::prepared);
  }

  OnServers() {
    in_orders("create table purchase (coins int)");
    in_money("CREATE TABLE account (coins INT) ENGINE=InnoDB");
  }
  ~OnServers() override {
    for (const std::string& each : names_in_orders()) in_orders("rollback prepared '" + each + "'");
    const mysql::connection on(money_.connect(money_database_));
    for (const preparation& each : mysql::prepared_in(on.get()))
      mysql::run(on.get(), "XA ROLLBACK " + mysql::xa_name(each));
  }
  [[nodiscard]] std::vector<std::string> names_in_orders() const {
    std::vector<std::string> names;
    pqxx::connection on(orders_dsn_);
    for (const auto& row : pqxx::nontransaction(on).exec(
             "select gid from pg_prepared_xacts where database = current_database() order by prepared"))
      names.push_back(row[0].as<std::string>());
    return names;
  }
  [[nodiscard]] std::size_t prepared_in_money() const {
    const mysql::connection on(money_.connect(money_database_));
    return mysql::run(on.get(), "XA RECOVER").size();
  }

  vow::testing::PostgresServer& orders_ = postgres_server();
  vow::testing::MariadbServer& money_ = mariadb_server();
  const std::string orders_dsn_ = orders_.dsn(orders_.new_database());
  const std::string money_database_ = money_.new_database();
};

}  // namespace vow::cli
