// Three stores, in databases of three kinds, each with goods that are free or reserved. An action in each
// reserves goods, and then hands them out or puts them back; beside it notes are written in branches of the
// databases' own.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/sdk/mixed/shop.h"

namespace vow::sdk {

namespace stores {

inline std::string move(const std::string& goods, const char* from, const char* to) {
  std::string sql = "update goods set " + std::string(from) + " = " + from + " - " + goods;
  if (*to != 0) sql += std::string(", ") + to + " = " + to + " + " + goods;
  return sql;
}

inline void in_sqlite(sqlite3* on, const std::string& sql) {
  if (sqlite3_exec(on, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    throw std::runtime_error(std::string("SQLite: ") + sqlite3_errmsg(on));
}

}  // namespace stores

class Stores {
 public:
  // Called before goods are handed out.
  using Confirming = std::function<void()>;

  Stores(
      const ShopPlaces& places, const client_options& options, const Confirming& confirming = [] {})
      : client_(options),
        orders_(client_, "orders-db",
                [dsn = places.orders] { return std::make_unique<pqxx::connection>(dsn); }),
        money_(client_, "money-db", mysql::connect_to(money_of(places))),
        stock_(client_, "stock-db", places.stock) {
    const auto in_orders = [](pqxx::transaction_base& on, const std::string& sql) { on.exec(sql); };
    const auto in_money = [](MYSQL* on, const std::string& sql) { mysql::run(on, sql); };
    reserve_ = {add<pqxx::transaction_base&>(orders_, in_orders, confirming),
                add<MYSQL*>(money_, in_money, confirming),
                add<sqlite3*>(stock_, &stores::in_sqlite, confirming)};
  }

  void reserve(tx& in, int goods = 10) {
    for (const action& each : reserve_) each(in, std::to_string(goods));
  }
  void note(tx& in) {
    orders_.enlist(in).exec("insert into note values (1)");
    mysql::run(money_.enlist(in), "insert into note values (1)");
    stores::in_sqlite(stock_.enlist(in), "insert into note values (1)");
  }

  [[nodiscard]] vow::client& client() { return client_; }
  [[nodiscard]] postgres::resource& orders() { return orders_; }
  [[nodiscard]] mysql::resource& money() { return money_; }
  [[nodiscard]] sqlite::resource& stock() { return stock_; }

 private:
  template <class Handle, class Resource, class Run>
  static action add(Resource& on, Run run, Confirming confirming) {
    const auto moving = [run](const char* from, const char* to) {
      return
          [=](Handle db, const branch_info&, std::string& goods) { run(db, stores::move(goods, from, to)); };
    };
    const auto hand_out = [run, confirming = std::move(confirming)](Handle db, const branch_info&,
                                                                    std::string& goods) {
      confirming();
      run(db, stores::move(goods, "reserved", ""));
    };
    return on.tcc("reserve", moving("free", "reserved"), hand_out, moving("reserved", "free"));
  }

  vow::client client_;
  postgres::resource orders_;
  mysql::resource money_;
  sqlite::resource stock_;
  std::vector<action> reserve_;
};

}  // namespace vow::sdk
