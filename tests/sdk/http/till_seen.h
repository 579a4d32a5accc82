// The database of a payment service, looked at from outside.
#pragma once

#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/http/till.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"

namespace vow::poco {

class TillSeen {
 public:
  virtual ~TillSeen() = default;
  [[nodiscard]] virtual std::string ask(const std::string& sql) = 0;
  [[nodiscard]] virtual bool is_at_rest() = 0;

  [[nodiscard]] const TillPlace& place() const { return place_; }
  [[nodiscard]] int charges() { return std::stoi(ask("SELECT count(*) FROM charge")); }
  [[nodiscard]] int coins() { return std::stoi(ask("SELECT coins FROM account")); }

 protected:
  void make_tables() {
    for (const char* const sql : till_tables) (void)ask(sql);
  }
  TillPlace place_;
};

class PostgresSeen final : public TillSeen {
 public:
  PostgresSeen() {
    place_ = {"postgres", server().dsn(server().new_database()), ""};
    make_tables();
  }
  std::string ask(const std::string& sql) override {
    pqxx::connection connection(place_.where);
    const pqxx::result rows = pqxx::nontransaction(connection).exec(sql);
    return rows.empty() ? "" : rows[0][0].c_str();
  }
  bool is_at_rest() override {
    return ask("SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()") == "0";
  }

 private:
  static testing::PostgresServer& server() {
    static testing::PostgresServer server;
    return server;
  }
};

class MariadbSeen final : public TillSeen {
 public:
  MariadbSeen() {
    place_ = {"mariadb", server().socket(), server().new_database()};
    make_tables();
  }
  std::string ask(const std::string& sql) override {
    const std::unique_ptr<MYSQL, void (*)(MYSQL*)> connection(server().connect(place_.database), mysql_close);
    EXPECT_EQ(mysql_query(connection.get(), sql.c_str()), 0) << mysql_error(connection.get());
    const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> rows(mysql_store_result(connection.get()),
                                                                mysql_free_result);
    MYSQL_ROW row = rows ? mysql_fetch_row(rows.get()) : nullptr;
    return row == nullptr || row[0] == nullptr ? "" : row[0];
  }
  bool is_at_rest() override { return ask("XA RECOVER").empty(); }

 private:
  static testing::MariadbServer& server() {
    static testing::MariadbServer server;
    return server;
  }
};

class SqliteSeen final : public TillSeen {
 public:
  explicit SqliteSeen(const std::string& file) {
    place_ = {"sqlite", file, ""};
    make_tables();
  }
  std::string ask(const std::string& sql) override {
    sqlite3* file = nullptr;
    EXPECT_EQ(sqlite3_open(place_.where.c_str(), &file), SQLITE_OK);
    sqlite3_busy_timeout(file, 10'000);
    std::string first;
    const auto keep = [](void* into, int, char** values, char**) {
      *static_cast<std::string*>(into) = values[0] == nullptr ? "" : values[0];
      return 1;  // no more rows
    };
    const int result = sqlite3_exec(file, sql.c_str(), keep, &first, nullptr);
    EXPECT_THAT(result, ::testing::AnyOf(SQLITE_OK, SQLITE_ABORT)) << sqlite3_errmsg(file);
    sqlite3_close(file);
    return first;
  }
  bool is_at_rest() override {
    const bool was_used = ask("SELECT count(*) FROM sqlite_schema WHERE name = 'vow_branch'") == "1";
    return !was_used || ask("SELECT count(*) FROM vow_branch WHERE state = 'prepared'") == "0";
  }
};

}  // namespace vow::poco
