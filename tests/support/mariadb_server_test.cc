// What tests may expect of the server they start.
#include "tests/support/mariadb_server.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vow::testing {
namespace {

struct Closer {
  void operator()(MYSQL* handle) const { ::mysql_close(handle); }
};
using Connection = std::unique_ptr<MYSQL, Closer>;

std::string answer(MYSQL* on, const std::string& query) {
  if (::mysql_query(on, query.c_str()) != 0) return ::mysql_error(on);
  const std::unique_ptr<MYSQL_RES, void (*)(MYSQL_RES*)> result(::mysql_store_result(on),
                                                                ::mysql_free_result);
  if (result == nullptr) return {};
  const MYSQL_ROW row = ::mysql_fetch_row(result.get());
  return row == nullptr || row[0] == nullptr ? "" : row[0];
}

TEST(MariadbServer, KeepsItsDataWhenItIsKilledStoppedAndStartedAgain) {
  MariadbServer server;
  const std::string database = server.new_database();
  const Connection first(server.connect(database));
  ASSERT_EQ(answer(first.get(), "CREATE TABLE t (k INT PRIMARY KEY) ENGINE=InnoDB"), "");
  ASSERT_EQ(answer(first.get(), "INSERT INTO t VALUES (1)"), "");
  server.kill();
  EXPECT_FALSE(server.is_running());
  EXPECT_EQ(server.connect(), nullptr);
  server.start();
  const Connection second(server.connect(database));
  EXPECT_EQ(answer(second.get(), "SELECT COUNT(*) FROM t"), "1");
  server.stop();
  server.start();
  const Connection third(server.connect(database));
  EXPECT_EQ(answer(third.get(), "SELECT COUNT(*) FROM t"), "1");
}

TEST(MariadbServer, IsSetUpAsAskedAndListensOnTheLoopbackAlone) {
  const MariadbServer server({.innodb_flush_log_at_trx_commit = 2, .arguments = {"--max-connections=17"}});
  const Connection connection(server.connect());
  EXPECT_EQ(answer(connection.get(), "SELECT @@innodb_flush_log_at_trx_commit"), "2");
  EXPECT_EQ(answer(connection.get(), "SELECT @@max_connections"), "17");
  EXPECT_EQ(answer(connection.get(), "SELECT @@bind_address"), "127.0.0.1");
  EXPECT_EQ(answer(connection.get(), "SELECT @@port"), std::to_string(server.port()));
}

TEST(MariadbServer, GivesEachTestADatabaseOfItsOwn) {
  MariadbServer server;
  EXPECT_NE(server.new_database(), server.new_database());
}

TEST(MariadbServer, SaysInItsOwnWordsWhyItDoesNotStart) {
  try {
    const MariadbServer server({.arguments = {"--no-such-option"}});
    FAIL() << "it started";
  } catch (const std::runtime_error& why) {
    EXPECT_THAT(why.what(), ::testing::HasSubstr("no-such-option"));
  }
}

TEST(MariadbServer, LeavesNothingBehind) {
  std::string folder;
  {
    const MariadbServer server;
    folder = std::filesystem::path(server.socket()).parent_path();
    ASSERT_TRUE(std::filesystem::exists(folder + "/data"));
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

}  // namespace
}  // namespace vow::testing
