#include "tests/support/postgres_server.h"

#include <csignal>
#include <filesystem>

#include <gtest/gtest.h>
#include <pqxx/pqxx>

namespace vow::testing {
namespace {

std::string ask(const std::string& dsn, const std::string& sql) {
  pqxx::connection connection(dsn);
  const pqxx::result result = pqxx::nontransaction(connection).exec(sql);
  return result.empty() ? "" : result[0][0].as<std::string>();
}

TEST(PostgresServer, AcceptsConnectionsOverBothWays) {
  const PostgresServer server;
  EXPECT_EQ(ask(server.dsn(), "select 1"), "1");
  EXPECT_EQ(ask(server.socket_dsn(), "select 1"), "1");
}

TEST(PostgresServer, TakesSettingsAtEachStart) {
  PostgresServer server({.prepared_max = 3});
  EXPECT_EQ(ask(server.dsn(), "show max_prepared_transactions"), "3");
  server.restart({.prepared_max = 0, .fsync = false, .others = {{"work_mem", "1MB"}}});
  EXPECT_EQ(ask(server.dsn(), "show max_prepared_transactions"), "0");
  EXPECT_EQ(ask(server.dsn(), "show fsync"), "off");
  EXPECT_EQ(ask(server.dsn(), "show work_mem"), "1MB");
}

TEST(PostgresServer, KeepsWhatIsCommittedWhenKilled) {
  PostgresServer server;
  const std::string dsn = server.dsn(server.new_database());
  ask(dsn, "create table t as select 7 as a");
  server.kill();
  EXPECT_THROW(ask(dsn, "select 1"), pqxx::broken_connection);
  server.start();
  EXPECT_EQ(ask(dsn, "select a from t"), "7");
}

TEST(PostgresServer, LeavesNothingRunningAndNoFolder) {
  ::pid_t process = -1;
  std::string folder;
  {
    const PostgresServer server;
    process = server.process();
    folder = ask(server.dsn(), "show data_directory");
    EXPECT_EQ(::kill(process, 0), 0);
  }
  EXPECT_EQ(::kill(process, 0), -1);
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(PostgresServer, GivesEachTestADatabaseOfItsOwn) {
  PostgresServer server;
  const std::string one = server.new_database();
  ask(server.dsn(one), "create table t (a int)");
  EXPECT_NO_THROW(ask(server.dsn(server.new_database()), "create table t (a int)"));
}

}  // namespace
}  // namespace vow::testing
