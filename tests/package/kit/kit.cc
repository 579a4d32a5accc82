// A service that dies once its work is prepared, and the next one, which ends what that left.
//
//   kit FOLDER
#include <cstdio>
#include <string>

#include <sqlite3.h>
#include <vow/client.h>
#include <vow/sqlite.h>
#include <vow/testing.h>

namespace {

void execute(sqlite3* in, const char* statement) { sqlite3_exec(in, statement, nullptr, nullptr, nullptr); }

void make_database(const std::string& path) {
  sqlite3* db = nullptr;
  sqlite3_open(path.c_str(), &db);
  execute(db, "CREATE TABLE account(id INTEGER PRIMARY KEY, coins INTEGER)");
  sqlite3_close(db);
}

bool dies_prepared(vow::testing::cluster& cluster, const std::string& one, const std::string& other) {
  vow::client client(cluster.options("bank"));
  vow::sqlite::resource accounts(client, "accounts", one);
  vow::sqlite::resource savings(client, "savings", other);
  cluster.crash_after(vow::testing::step::prepare);
  try {
    client.run("open", [&](vow::tx& tx) {
      execute(accounts.enlist(tx), "INSERT INTO account VALUES(1, 10)");
      execute(savings.enlist(tx), "INSERT INTO account VALUES(1, 10)");
    });
  } catch (const vow::testing::crashed& dead) {
    return dead.at == vow::testing::step::prepare;
  }
  return false;
}

}  // namespace

int main(int, char** arguments) {
  const std::string one = std::string(arguments[1]) + "/accounts.db";
  const std::string other = std::string(arguments[1]) + "/savings.db";
  make_database(one);
  make_database(other);
  vow::testing::cluster cluster;
  if (!dies_prepared(cluster, one, other)) return 1;
  vow::client next(cluster.options("bank"));
  vow::sqlite::resource accounts(next, "accounts", one);
  vow::sqlite::resource savings(next, "savings", other);
  cluster.settle();
  std::puts("kit: as it should be");
}
