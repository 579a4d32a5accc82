// A shop whose order, money and stock are in three databases of three kinds.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "vow/client.h"
#include "vow/mysql.h"
#include "vow/postgres.h"
#include "vow/sqlite.h"

namespace vow::sdk {

// Where they are; each kept by its server, or in its file.
struct ShopPlaces {
  std::string coordinators;  // with commas between
  std::string orders;        // a connection string of PostgreSQL
  std::string money_socket;  // MariaDB's
  std::string money_database;
  std::string stock;  // a file
};

inline client_options client_of(const ShopPlaces& places) {
  client_options options;
  options.coordinators.clear();
  for (std::size_t from = 0; from <= places.coordinators.size();) {
    const std::size_t comma = std::min(places.coordinators.find(',', from), places.coordinators.size());
    options.coordinators.push_back(places.coordinators.substr(from, comma - from));
    from = comma + 1;
  }
  options.recovery_interval = std::chrono::milliseconds(200);
  options.recovery_age = std::chrono::milliseconds(500);
  return options;
}

inline mysql::parameters money_of(const ShopPlaces& places) {
  mysql::parameters where;
  where.socket = places.money_socket;
  where.user = "root";
  where.database = places.money_database;
  return where;
}

class Shop {
 public:
  explicit Shop(const ShopPlaces& places)
      : client_(client_of(places)),
        orders_(client_, "orders-db",
                [dsn = places.orders] { return std::make_unique<pqxx::connection>(dsn); }),
        money_(client_, "money-db", mysql::connect_to(money_of(places))),
        stock_(client_, "stock-db", places.stock) {}

  // One thing for ten coins; the first one of the three that is used differs, so that nothing hangs on the
  // order.
  void buy(int nth) {
    client_.run("buy", [&](tx& in) { buy(in, nth); });
  }
  void buy(tx& in, int nth) {
    for (int step = 0; step < 3; ++step) {
      switch ((nth + step) % 3) {
        case 0:
          orders_.enlist(in).exec("insert into purchase (coins) values (10)");
          break;
        case 1:
          mysql::run(money_.enlist(in),
                     "UPDATE account SET coins = coins - 10 WHERE id = " + std::to_string(nth % 8));
          break;
        default:
          if (sqlite3_exec(stock_.enlist(in), "UPDATE shelf SET things = things - 1", nullptr, nullptr,
                           nullptr) != SQLITE_OK)
            throw std::runtime_error("the stock cannot be changed");
      }
    }
  }
  [[nodiscard]] vow::client& client() { return client_; }
  [[nodiscard]] postgres::resource& orders() { return orders_; }

 private:
  vow::client client_;
  postgres::resource orders_;
  mysql::resource money_;
  sqlite::resource stock_;
};

}  // namespace vow::sdk
