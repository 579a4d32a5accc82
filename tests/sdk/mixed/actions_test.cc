// Actions in PostgreSQL, MariaDB and SQLite in one transaction: all are confirmed or all are cancelled,
// whoever dies when.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "coordinator/txn/xid.h"
#include "tests/sdk/core/world.h"
#include "tests/sdk/mixed/stores.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/postgres_server.h"

namespace vow::sdk {
namespace {

using namespace std::chrono_literals;

class ActionsInAllDatabases : public World {
 protected:
  ActionsInAllDatabases() {
    places_.coordinators = cell_.addresses()[0];
    places_.orders = orders_server().dsn(orders_server().new_database());
    places_.money_socket = money_server().socket();
    places_.money_database = money_server().new_database();
    places_.stock = directory_.path() + "/stock.db";
    for (const char* sql : {"create table goods (free int not null, reserved int not null)",
                            "create table note (what int)", "insert into goods values (100, 0)"}) {
      (void)in_orders(sql);
      (void)in_money(sql);
      (void)in_stock(sql);
    }
  }

  std::string in_orders(const std::string& sql) {
    pqxx::connection on(places_.orders);
    const pqxx::result found = pqxx::nontransaction(on).exec(sql);
    return found.empty() || found[0][0].is_null() ? "" : found[0][0].c_str();
  }
  std::string in_money(const std::string& sql) {
    const mysql::connection on(mysql::connect_to(money_of(places_))());
    const mysql::rows found = mysql::run(on.get(), sql);
    return found.empty() ? "" : found[0][0];
  }
  std::string in_stock(const std::string& sql) {
    sqlite3* on = nullptr;
    EXPECT_EQ(sqlite3_open(places_.stock.c_str(), &on), SQLITE_OK);
    sqlite3_busy_timeout(on, 10'000);
    std::string found;
    for (sqlite::statement asked(on, sql); asked.step();) found = asked.text(0);
    sqlite3_close(on);
    return found;
  }
  // What the databases say to that, one after the other; once if they agree.
  std::string everywhere(const std::string& sql) {
    const std::string orders = in_orders(sql), money = in_money(sql), stock = in_stock(sql);
    return orders == money && money == stock ? orders : orders + "; " + money + "; " + stock;
  }
  std::string goods() {
    return "free " + everywhere("select free from goods") + ", reserved " +
           everywhere("select reserved from goods") + ", notes " + everywhere("select count(*) from note");
  }
  std::string records(const char* state) {
    return everywhere("select count(*) from vow_branch where state = '" + std::string(state) + "'");
  }

  // Recovery looks often, and at what is young too.
  client_options eager() {
    client_options options = client_of(places_);
    options.recovery_interval = 50ms;
    options.recovery_age = 0ms;
    return options;
  }
  // Lets a process reserve and die. Returns its transaction's name.
  std::string reserve_and_die(const char* when, std::chrono::milliseconds timeout) {
    int ends[2] = {-1, -1};
    EXPECT_EQ(::pipe(ends), 0);
    const std::string time = std::to_string(timeout.count());
    const ::pid_t process = ::fork();
    if (process == 0) {
      ::dup2(ends[1], 1);
      ::execl(VOW_RESERVER, VOW_RESERVER, when, time.c_str(), places_.coordinators.c_str(),
              places_.orders.c_str(), places_.money_socket.c_str(), places_.money_database.c_str(),
              places_.stock.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[1]);
    std::string xid(40, ' ');
    EXPECT_EQ(::read(ends[0], xid.data(), xid.size()), 40);
    int status = 0;
    EXPECT_EQ(::waitpid(process, &status, 0), process);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ::close(ends[0]);
    return xid;
  }
  static std::uint64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
  }

  static testing::PostgresServer& orders_server() {
    static testing::PostgresServer server({.fsync = true});
    return server;
  }
  static testing::MariadbServer& money_server() {
    static testing::MariadbServer server;
    return server;
  }
  ShopPlaces places_;
};

TEST_F(ActionsInAllDatabases, AreConfirmedWithWhatIsPreparedBesideThem) {
  Stores stores(places_, options());
  stores.client().run("reserve", [&](tx& in) {
    stores.reserve(in);
    stores.note(in);
    EXPECT_EQ(goods(), "free 90, reserved 10, notes 0");
  });
  EXPECT_EQ(goods(), "free 90, reserved 0, notes 1");
  EXPECT_EQ(
      in_stock("select group_concat(kind || ' ' || state) from (select * from vow_branch order by kind)"),
      "tcc committed,xa committed");
}

TEST_F(ActionsInAllDatabases, AreCancelledByAnException) {
  Stores stores(places_, options());
  EXPECT_THROW(stores.client().run("reserve",
                                   [&](tx& in) {
                                     stores.reserve(in);
                                     stores.note(in);
                                     stores.reserve(in, 5);
                                   }),
               misuse)
      << "SQLite's one writer is the branch that notes";
  EXPECT_EQ(goods(), "free 100, reserved 0, notes 0");
  EXPECT_THROW(stores.client().run("reserve",
                                   [&](tx& in) {
                                     stores.reserve(in);
                                     stores.note(in);
                                     throw std::logic_error("changed my mind");
                                   }),
               std::logic_error);
  EXPECT_EQ(goods(), "free 100, reserved 0, notes 0");
  EXPECT_EQ(records("prepared"), "0");
}

TEST_F(ActionsInAllDatabases, AreCancelledIfABranchBesideThemCannotBePrepared) {
  Stores stores(places_, options());
  EXPECT_THROW(stores.client().run("reserve",
                                   [&](tx& in) {
                                     stores.reserve(in);
                                     stores.note(in);
                                     stores.orders().enlist(in).exec("create temporary table t (x int)");
                                   }),
               vow::error);
  EXPECT_EQ(goods(), "free 100, reserved 0, notes 0");
}

// Hooks run last: what they do cannot be taken back by any database.
TEST_F(ActionsInAllDatabases, PrepareHooksOnceAllElseIsPrepared) {
  Stores stores(places_, options());
  std::string said;
  const auto prepared = [&](const branch_info&, std::string&) {
    said += "prepared beside " + in_orders("select count(*) from pg_prepared_xacts");
  };
  const auto say = [&](const char* what) {
    return [&said, what](const branch_info&, std::string&) { said += what; };
  };
  const action mail = stores.stock().hooks("mail", prepared, say(", sent"), say(", withdrawn"));
  stores.client().run("mail", [&](tx& in) {
    mail(in);
    stores.note(in);
  });
  EXPECT_EQ(said, "prepared beside 1, sent");
  EXPECT_EQ(goods(), "free 100, reserved 0, notes 1");
}

TEST_F(ActionsInAllDatabases, OfAnotherServiceEndWithTheTransaction) {
  Stores stores(places_, options("the service"));
  vow::client caller(options("the caller"));
  const auto call = [&](tx& in) {
    vow::call one = in.call();
    const reply answer =
        stores.client().serve("reserve", one.headers(), [&](tx& part) { stores.reserve(part); });
    one.answered(answer.headers);
    EXPECT_EQ(goods(), "free 90, reserved 10, notes 0");
  };
  caller.run("order", call);
  EXPECT_EQ(goods(), "free 90, reserved 0, notes 0");
  (void)everywhere("update goods set free = 100");
  EXPECT_THROW(caller.run("order",
                          [&](tx& in) {
                            call(in);
                            throw std::logic_error("changed my mind");
                          }),
               std::logic_error);
  EXPECT_TRUE(eventually([&] { return goods() == "free 100, reserved 0, notes 0"; })) << goods();
}

// --- a process dies

TEST_F(ActionsInAllDatabases, AreCancelledOnceTheirDeadlineIsPastIfTheirProcessDies) {
  const std::string xid = reserve_and_die("attempt", 4s);
  EXPECT_EQ(goods(), "free 90, reserved 10, notes 0");
  const std::uint64_t deadline_ms = txn::parse_xid(xid)->deadline_ms();
  const Stores next(places_, eager());
  // Until the deadline, all are there still.
  while (now_ms() < deadline_ms) {
    const std::string seen = records("prepared");
    if (now_ms() < deadline_ms) {
      EXPECT_EQ(seen, "1");
    }
  }
  EXPECT_TRUE(eventually([&] { return records("cancelled") == "1"; }));
  EXPECT_GE(now_ms(), deadline_ms);
  EXPECT_EQ(goods(), "free 100, reserved 0, notes 0");
}

TEST_F(ActionsInAllDatabases, AreConfirmedIfTheirProcessDiesOnceItIsDecided) {
  (void)reserve_and_die("confirm", 60s);
  EXPECT_EQ(goods(), "free 90, reserved 10, notes 0");
  const Stores next(places_, eager());
  EXPECT_TRUE(eventually([&] { return records("committed") == "1"; }));
  EXPECT_EQ(goods(), "free 90, reserved 0, notes 0");
  EXPECT_TRUE(eventually([&] { return unfinished() == 0; }));
}

}  // namespace
}  // namespace vow::sdk
