// `vow doctor` on SQLite files, and what it makes of what it is told.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "coordinator/cli/checklist.h"
#include "coordinator/cli/json.h"
#include "tests/cli/terminal.h"
#include "tests/support/temporary_directory.h"

namespace vow::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DoctorOfSqlite : public ::testing::Test {
 protected:
  DoctorOfSqlite() { run("CREATE TABLE item (id INTEGER PRIMARY KEY)"); }

  void run(const std::string& sql) {
    sqlite3* file = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &file), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(file);
    sqlite3_close(file);
  }
  Said say(std::vector<std::string> more, const Environment& environment = {}) {
    std::vector<std::string> words{"doctor", "--db", url_};
    words.insert(words.end(), more.begin(), more.end());
    return vow_says(words, environment);
  }
  // SQLite before 3.51.3 is a warning by itself.
  static Exit fine() { return sqlite3_libversion_number() < 3'051'003 ? Exit::degraded : Exit::ok; }

  const vow::testing::TemporaryDirectory directory_;
  const std::string path_ = directory_.path() + "/stock.db";
  const std::string url_ = "sqlite:" + path_;
};

TEST_F(DoctorOfSqlite, ShowsWhatIsWellToo) {
  const Said said = say({});
  EXPECT_EQ(said.exit, fine()) << said.out << said.err;
  EXPECT_THAT(said.out,
              AllOf(HasSubstr(url_ + "\n"), HasSubstr("  ok    encoding\n"),
                    HasSubstr("  note  there is no table vow_branch yet"), HasSubstr("1 database: 0 FAIL")));
}

TEST_F(DoctorOfSqlite, LooksWithoutATrace) {
  (void)say({});
  std::size_t files = 0;
  for (const auto& each : std::filesystem::directory_iterator(directory_.path())) {
    ++files;
    EXPECT_EQ(each.path(), path_);
  }
  EXPECT_EQ(files, 1u) << "no journal was left";
  EXPECT_THAT(say({}).out, HasSubstr("journal is in mode delete"));
}

TEST_F(DoctorOfSqlite, FixMakesTheTable) {
  const Said said = say({"--fix"});
  EXPECT_THAT(said.out,
              AllOf(HasSubstr("done  made the table vow_branch"), HasSubstr("  ok    table vow_branch")));
  EXPECT_THAT(say({"--fix"}).out, HasSubstr("the table vow_branch is there"));
  run("INSERT INTO vow_branch (xid, branch, nonce, kind, action, state, created_at, deadline) VALUES ('x', "
      "'a', "
      "1, 'xa', '', 'committed', 0, 0)");
}

TEST_F(DoctorOfSqlite, FixLeavesAnothersTableAlone) {
  run("CREATE TABLE vow_branch (id INTEGER)");
  const Said said = say({"--fix"});
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.out, AllOf(HasSubstr("FAIL  the table vow_branch has no xid"), HasSubstr("rename it"),
                              HasSubstr("Settings of servers are left to you")));
}

TEST_F(DoctorOfSqlite, WhatBlocksIsAnError) {
  const std::string utf16 = directory_.path() + "/utf16.db";
  sqlite3* file = nullptr;
  ASSERT_EQ(sqlite3_open(utf16.c_str(), &file), SQLITE_OK);
  sqlite3_exec(file, "PRAGMA encoding = 'UTF-16'; CREATE TABLE t (a)", nullptr, nullptr, nullptr);
  sqlite3_close(file);
  const Said said = say({"--db", "sqlite:" + utf16});
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.out, AllOf(HasSubstr("FAIL  texts are in UTF-16"), HasSubstr("(VOW-5154)\n        copy"),
                              HasSubstr("2 databases: 1 FAIL")));
}

TEST_F(DoctorOfSqlite, AFileThatIsNotThereIsNotMade) {
  const std::string missing = directory_.path() + "/missing.db";
  for (const char* fix : {"--fix", "-ojson"}) {
    const Said said = vow_says({"doctor", "--db", "sqlite:" + missing, fix});
    EXPECT_EQ(said.exit, Exit::error);
    EXPECT_THAT(said.out, AllOf(HasSubstr("VOW-5151"), Not(HasSubstr("  ok "))));
  }
  EXPECT_FALSE(std::filesystem::exists(missing));
}

TEST_F(DoctorOfSqlite, JsonHasEveryCheck) {
  const Said said = say({"-o", "json"});
  const Json json = Json::parse(said.out);
  EXPECT_EQ(json.number("blocks"), 0u);
  const Json one = json.list("databases").at(0);
  EXPECT_EQ(one.text("database"), url_);
  EXPECT_TRUE(one.truth("reached"));
  std::map<std::string, std::string> results;
  for (const Json& each : one.list("checks")) results[each.text("code")] = each.text("result");
  EXPECT_EQ(results["VOW-5154"], "ok");
  EXPECT_EQ(results["VOW-5163"], "tells");
  EXPECT_GE(results.size(), 10u);
}

TEST_F(DoctorOfSqlite, TheEnvironmentNamesDatabasesToo) {
  const Said said = vow_says({"doctor"}, {{"VOW_DB", url_ + " " + url_}});
  EXPECT_THAT(said.out, HasSubstr("2 databases:")) << said.err;
  EXPECT_THAT(vow_says({"doctor", "--db", url_}, {{"VOW_DB", "sqlite:other"}}).out, Not(HasSubstr("other")));
}

TEST_F(DoctorOfSqlite, WhatCannotBeUnderstoodIsNotRepeated) {
  const Said said = vow_says({"doctor", "--db", "myqsl://clerk:s3cret@db/shop"});
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.err, AllOf(HasSubstr("must begin with"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(vow_says({"doctor"}).err, HasSubstr("no database is named"));
}

TEST_F(DoctorOfSqlite, RollingBackWantsACellAReasonAndTheList) {
  EXPECT_THAT(say({"--orphans", "--cell", "7"}).err, HasSubstr("without a reason"));
  EXPECT_THAT(say({"--orphans", "--cell", "x", "--reason", "r"}).err, HasSubstr("'x' is no cell"));
  EXPECT_THAT(say({"--cell", "7", "--reason", "r"}).err, HasSubstr("goes with --orphans"));
  EXPECT_THAT(say({"--orphans", "--fix"}).err, HasSubstr("different things"));
}

TEST(Checklist, KeepsWhatItDoesNotKnow) {
  const auto all = checklist(DatabaseUrl::Kind::sqlite, {{severity::warns, "VOW-9999", "new", "wait"}});
  EXPECT_EQ(all.back().code, "VOW-9999");
  EXPECT_EQ(all.back().found.size(), 1u);
  EXPECT_TRUE(all.front().found.empty());
}

}  // namespace
}  // namespace vow::cli
