// Databases as people name them.
#include "coordinator/cli/database_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vow::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

DatabaseUrl parsed(const std::string& text) {
  auto url = parse_database_url(text);
  EXPECT_TRUE(url.ok()) << text << ": " << (url.ok() ? "" : url.error());
  return url.ok() ? *url : DatabaseUrl();
}

TEST(DatabaseUrls, OfPostgresAreLibpqsOwn) {
  for (const std::string text :
       {"postgresql://vow@db.example:5433/shop?sslmode=require", "postgres:///shop?host=/run/postgresql"}) {
    const DatabaseUrl url = parsed(text);
    EXPECT_EQ(url.kind, DatabaseUrl::Kind::postgres);
    EXPECT_EQ(url.whole, text);
    EXPECT_EQ(url.shown, text);
  }
}

TEST(DatabaseUrls, OfMysqlNameUserHostPortAndDatabase) {
  const DatabaseUrl url = parsed("mysql://clerk:p%40ss@db.example:3307/shop");
  EXPECT_EQ(url.kind, DatabaseUrl::Kind::mysql);
  EXPECT_EQ(url.user, "clerk");
  EXPECT_EQ(url.password, "p@ss");
  EXPECT_EQ(url.host, "db.example");
  EXPECT_EQ(url.port, 3307);
  EXPECT_EQ(url.database, "shop");
  EXPECT_EQ(url.socket, "");
}

TEST(DatabaseUrls, OfMysqlMayNameASocket) {
  const DatabaseUrl url = parsed("mariadb://clerk@localhost/shop?socket=/run/mysqld/mysqld.sock");
  EXPECT_EQ(url.socket, "/run/mysqld/mysqld.sock");
  EXPECT_EQ(url.port, 3306);
}

TEST(DatabaseUrls, OfSqliteAreAPath) {
  EXPECT_EQ(parsed("sqlite:stock.db").path, "stock.db");
  EXPECT_EQ(parsed("sqlite:/var/lib/stock.db").path, "/var/lib/stock.db");
  EXPECT_EQ(parsed("sqlite:///var/lib/stock.db").path, "/var/lib/stock.db");
}

TEST(DatabaseUrls, AreShownWithoutTheirPasswords) {
  for (const char* text :
       {"postgresql://vow:s3cret@db/shop", "mysql://vow:s3cret@db/shop",
        "mysql://vow:s3cret:@db/shop?socket=/a@b", "postgresql://vow@db/shop?password=s3cret&sslmode=require",
        "postgresql://vow:s3c@s3cret@db/shop"}) {
    const DatabaseUrl url = parsed(text);
    EXPECT_THAT(url.shown, Not(HasSubstr("s3c"))) << text;
    EXPECT_THAT(url.shown, HasSubstr("vow@db/shop")) << text;
  }
}

TEST(DatabaseUrls, SayWhatTheyLack) {
  const auto problem = [](const std::string& text) {
    const auto url = parse_database_url(text);
    return url.ok() ? std::string() : url.error();
  };
  EXPECT_THAT(problem("mysql://db/shop"), HasSubstr("no user"));
  EXPECT_THAT(problem("mysql://clerk@db"), HasSubstr("no database"));
  EXPECT_THAT(problem("mysql://clerk@db/shop?charset=utf8"), HasSubstr("charset"));
  EXPECT_THAT(problem("mysql://clerk@db:many/shop"), HasSubstr("cannot be read"));
  EXPECT_THAT(problem("sqlite:"), HasSubstr("no file"));
  EXPECT_THAT(problem("oracle://db/shop"), HasSubstr("must begin with postgresql://"));
  EXPECT_THAT(problem(""), HasSubstr("must begin with"));
}

}  // namespace
}  // namespace vow::cli
