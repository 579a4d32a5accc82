#include "vow/sqlite/check.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/sqlite/databases.h"

#include "vow/sqlite.h"

namespace vow::sqlite {
namespace {

class CheckOfSqlite : public OnSqlite {
 protected:
  static std::vector<std::string> said(const std::vector<finding>& of) {
    std::vector<std::string> all;
    for (const finding& each : of) {
      EXPECT_NE(each.remedy, "");
      all.push_back(each.code + " " + each.what);
    }
    return all;
  }
};

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(CheckOfSqlite, NamesWhatBranchesCannotUse) {
  make(
      "CREATE TABLE t(a); CREATE VIRTUAL TABLE words USING fts5(w); CREATE TABLE k(k PRIMARY KEY) WITHOUT "
      "ROWID");
  plain on(path_);
  on.run("PRAGMA synchronous = OFF; CREATE TEMP TABLE x(a)");
  const auto all = said(check(on.connection()));
  EXPECT_THAT(all, Contains(HasSubstr("VOW-5153")));
  EXPECT_THAT(all, Contains(HasSubstr("VOW-5155")));
  EXPECT_THAT(all, Contains(HasSubstr("journal is in mode delete")));
  EXPECT_THAT(all, Contains(HasSubstr("may not write to words: it is virtual")));
  EXPECT_THAT(all, Contains(HasSubstr("k is WITHOUT ROWID")));
  EXPECT_THAT(all, Not(Contains(HasSubstr("VOW-5150"))));
}

TEST_F(CheckOfSqlite, WarnsOfTheVersionsThatCanCorruptAFile) {
  database on(path_);
  const bool is_old = sqlite3_libversion_number() < 3'051'003;
  const auto all = said(check(on));
  EXPECT_EQ(std::any_of(all.begin(), all.end(), [](auto& each) { return each.starts_with("VOW-5160"); }),
            is_old);
}

TEST_F(CheckOfSqlite, FindsATableWithoutItsGuards) {
  make("CREATE TABLE t(a)");
  database on(path_);
  prepare(on, "INSERT INTO t VALUES (1)");
  EXPECT_THAT(said(check(on)), Not(Contains(HasSubstr("VOW-5162"))));
  plain(path_).run("DROP TRIGGER vow_guard_1_INSERT");
  EXPECT_THAT(said(check(on)), Contains(HasSubstr("t has 2 of its 3 guard triggers")));
}

}  // namespace
}  // namespace vow::sqlite
