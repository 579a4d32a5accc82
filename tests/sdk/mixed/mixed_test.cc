// Purchases across PostgreSQL, MariaDB and SQLite: all of each or nothing, whoever is killed.
#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/sdk/core/world.h"
#include "tests/sdk/mixed/shop.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;

constexpr int coins_before = 1'000'000;
constexpr int things_before = 1'000'000;

class MixedTest : public World {
 protected:
  MixedTest() {
    places_.coordinators = cell_.addresses()[0];
    places_.orders = orders_.dsn(orders_.new_database());
    places_.money_socket = money_.socket();
    places_.money_database = money_.new_database();
    places_.stock = directory_.path() + "/stock.db";
    pqxx::connection orders(places_.orders);
    pqxx::nontransaction(orders).exec("create table purchase (id serial primary key, coins int)");
    in_money("CREATE TABLE account (id INT PRIMARY KEY, coins INT NOT NULL) ENGINE=InnoDB");
    for (int id = 0; id < 8; ++id)
      in_money("INSERT INTO account VALUES (" + std::to_string(id) + ", " + std::to_string(coins_before) +
               ")");
    in_stock("CREATE TABLE shelf (id INTEGER PRIMARY KEY, things INTEGER)");
    in_stock("INSERT INTO shelf (things) VALUES (" + std::to_string(things_before) + ")");
  }

  std::string in_money(const std::string& sql) {
    const std::unique_ptr<MYSQL, void (*)(MYSQL*)> server(money_.connect(places_.money_database),
                                                          mysql_close);
    EXPECT_EQ(mysql_query(server.get(), sql.c_str()), 0) << mysql_error(server.get());
    const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> rows(mysql_store_result(server.get()),
                                                                mysql_free_result);
    if (!rows) return {};
    MYSQL_ROW row = mysql_fetch_row(rows.get());
    return row == nullptr || row[0] == nullptr ? "" : row[0];
  }
  std::string in_stock(const std::string& sql) {
    sqlite3* file = nullptr;
    EXPECT_EQ(sqlite3_open(places_.stock.c_str(), &file), SQLITE_OK);
    sqlite3_busy_timeout(file, 10'000);
    std::string first;
    const auto keep = [](void* into, int, char** values, char**) {
      if (static_cast<std::string*>(into)->empty() && values[0] != nullptr)
        *static_cast<std::string*>(into) = values[0];
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(file, sql.c_str(), keep, &first, nullptr), SQLITE_OK) << sqlite3_errmsg(file);
    sqlite3_close(file);
    return first;
  }
  std::string in_orders(const std::string& sql) {
    pqxx::connection orders(places_.orders);
    return pqxx::nontransaction(orders).exec(sql)[0][0].c_str();
  }

  // Nothing is prepared anywhere.
  bool is_at_rest() {
    const bool was_used = in_stock("SELECT count(*) FROM sqlite_schema WHERE name = 'vow_branch'") == "1";
    return in_orders("select count(*) from pg_prepared_xacts") == "0" && in_money("XA RECOVER").empty() &&
           (!was_used || in_stock("SELECT count(*) FROM vow_branch WHERE state = 'prepared'") == "0");
  }
  // As many purchases as each of the databases knows; -1 if they disagree.
  int purchases() {
    const int orders = std::stoi(in_orders("select count(*) from purchase"));
    const int coins = std::stoi(in_money("SELECT SUM(coins) FROM account"));
    const int things = std::stoi(in_stock("SELECT things FROM shelf"));
    EXPECT_EQ(8 * coins_before - coins, 10 * orders);
    EXPECT_EQ(things_before - things, orders);
    return 8 * coins_before - coins == 10 * orders && things_before - things == orders ? orders : -1;
  }

  static testing::PostgresServer& orders_server() {
    static testing::PostgresServer server({.fsync = true});
    return server;
  }
  static testing::MariadbServer& money_server() {
    static testing::MariadbServer server;
    return server;
  }

  testing::PostgresServer& orders_ = orders_server();
  testing::MariadbServer& money_ = money_server();
  ShopPlaces places_;
};

TEST_F(MixedTest, APurchaseIsInAllThreeDatabases) {
  Shop shop(places_);
  for (int nth = 0; nth < 9; ++nth) shop.buy(nth);
  EXPECT_EQ(purchases(), 9);
  EXPECT_TRUE(is_at_rest());
}

TEST_F(MixedTest, OrInNone) {
  Shop shop(places_);
  for (int nth = 0; nth < 3; ++nth) {
    EXPECT_THROW(shop.client().run("buy",
                                   [&](tx& in) {
                                     shop.buy(in, nth);
                                     throw std::logic_error("changed my mind");
                                   }),
                 std::logic_error);
  }
  EXPECT_EQ(purchases(), 0);
  EXPECT_TRUE(is_at_rest());
}

TEST_F(MixedTest, WhatOneDatabaseRefusesIsInNone) {
  Shop shop(places_);
  pqxx::connection orders(places_.orders);
  pqxx::nontransaction(orders).exec(
      "alter table purchase add constraint few check (coins < 10) not valid; create temporary table t (x "
      "int)");
  EXPECT_ANY_THROW(shop.buy(1));
  EXPECT_EQ(purchases(), 0);
  EXPECT_TRUE(is_at_rest());
}

// Another process has nothing of what the first one left, but its databases have.
TEST_F(MixedTest, ARequestThatIsRepeatedElsewhereIsToldWhatIsPrepared) {
  Shop first(places_);
  ShopPlaces others = places_;
  others.stock += "-2";  // one process has one connection to a file of SQLite's
  Shop second(others);
  vow::client caller(options("the caller"));
  for (const int nth : {0, 1}) {
    caller.run("buy", [&](tx& in) {
      vow::call call = in.call();
      const auto serve = [&](Shop& by) {
        return by.client().serve("buy", call.headers(), [&](tx& part) { by.buy(part, nth); });
      };
      const reply answer = serve(first);
      try {
        (void)serve(second);
        ADD_FAILURE() << "it is bought twice";
      } catch (const rolled_back& why) {
        EXPECT_EQ(why.code(), "VOW-5024");
        EXPECT_THAT(why.what(), ::testing::HasSubstr("is prepared already, as vow." + in.xid()));
      }
      call.answered(answer.headers);
    });
  }
  EXPECT_EQ(purchases(), 2);
}

TEST_F(MixedTest, ManyThreadsBuyAtOnce) {
  Shop shop(places_);
  std::atomic<int> bought{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, i] {
      for (int nth = 0; nth < 10; ++nth) {
        try {
          shop.buy(i + nth);
          ++bought;
        } catch (const vow::error& why) {
          EXPECT_EQ(why.outcome(), outcome::rolled_back) << why.what();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(eventually([&] { return is_at_rest(); }));
  EXPECT_EQ(purchases(), bought);
  EXPECT_GT(bought, 10);
}

// A process that buys.
class Buyer {
 public:
  explicit Buyer(const ShopPlaces& places) {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    process_ = ::fork();
    if (process_ == 0) {
      ::dup2(ends[1], 1);
      ::execl(VOW_BUYER, VOW_BUYER, places.coordinators.c_str(), places.orders.c_str(),
              places.money_socket.c_str(), places.money_database.c_str(), places.stock.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    said_ = ends[0];
  }
  ~Buyer() { kill(); }
  Buyer(const Buyer&) = delete;
  Buyer& operator=(const Buyer&) = delete;

  // Returns once it has bought so many more.
  void wait_for(int more) {
    for (char one = 0; more > 0 && ::read(said_, &one, 1) == 1; --more) ++bought_;
  }
  // With -9. Returns how many purchases it knew to be committed.
  int kill() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
      process_ = 0;
      for (char one = 0; ::read(said_, &one, 1) == 1;) ++bought_;
      ::close(said_);
    }
    return bought_;
  }

 private:
  ::pid_t process_ = 0;
  int said_ = -1;
  int bought_ = 0;
};

TEST_F(MixedTest, WhatAKilledProcessLeavesIsEndedByTheNext) {
  int known = 0;
  for (int round = 0; round < 8; ++round) {
    Buyer buyer(places_);
    buyer.wait_for(3 + round % 3);
    known += buyer.kill();
  }
  const Shop next(places_);
  EXPECT_TRUE(eventually([&] { return is_at_rest(); }));
  const int in_all = purchases();
  EXPECT_GE(in_all, known) << "an acknowledged purchase is lost";
  EXPECT_LE(in_all, known + 8) << "at most the one under way each time is more";
}

TEST_F(MixedTest, PurchasesOutliveTheDatabases) {
  Shop shop(places_);
  std::atomic<bool> stopping{false};
  std::atomic<int> bought{0};
  std::atomic<int> unknown{0};
  std::thread buyer([&] {
    for (int nth = 0; !stopping; ++nth) {
      try {
        shop.buy(nth);
        ++bought;
      } catch (const vow::error& why) {
        if (why.outcome() == outcome::unknown) ++unknown;
      } catch (const std::exception&) {
      }
    }
  });
  const auto wait_for_more = [&] {
    const int before = bought;
    EXPECT_TRUE(eventually([&] { return bought > before + 3; }));
  };
  wait_for_more();
  orders_.kill();
  orders_.start();
  wait_for_more();
  money_.kill();
  money_.start();
  wait_for_more();
  cell_.start(cell_.stop_leader());
  wait_for_more();
  stopping = true;
  buyer.join();
  EXPECT_TRUE(eventually([&] { return is_at_rest(); }));
  const int in_all = purchases();
  EXPECT_GE(in_all, bought);
  EXPECT_LE(in_all, bought + unknown);
}

}  // namespace
}  // namespace vow::sdk
