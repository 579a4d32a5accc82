// Whose what is prepared is, and that only a dead cell's is touched.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/cli/json.h"
#include "tests/cli/cell_of_tests.h"
#include "tests/cli/planted_sqlite.h"
#include "tests/cli/terminal.h"

namespace vow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

class Orphans : public ::testing::Test {
 protected:
  Said say(std::vector<std::string> more) {
    std::vector<std::string> words{"doctor", "--db", stock_.url(), "--orphans"};
    words.insert(words.end(), more.begin(), more.end());
    return vow_says(words, {{"VOW_COORDINATORS", cell_.address()}});
  }
  [[nodiscard]] bool is_prepared(const preparation& which) {
    return stock_.ask("SELECT count(*) FROM vow_branch WHERE state = 'prepared' AND xid = '" + which.xid +
                      "'") == "1";
  }

  CellOfTests& cell_ = shared_cell();
  PlantedSqlite stock_;
};

TEST_F(Orphans, NoneIsFine) {
  const Said said = say({});
  EXPECT_EQ(said.exit, Exit::ok) << said.err;
  EXPECT_THAT(said.out, HasSubstr("Nothing is prepared under a name of Vow's."));
}

TEST_F(Orphans, WhatThisCellHasAtWorkIsNoOrphan) {
  const preparation mine = cell_.preparing();
  stock_.prepare(mine);
  const Said said = say({});
  EXPECT_EQ(said.exit, Exit::ok) << said.err;
  EXPECT_THAT(said.out, ContainsRegex(mine.name() + " +" + std::to_string(cell_.number()) +
                                      " +[0-9]+m?s +xa +at work: not decided yet +" + stock_.url()));
}

TEST_F(Orphans, WhatIsDecidedIsBeingEndedForAMinute) {
  const preparation mine = cell_.preparing();
  stock_.prepare(mine);
  cell_.roll_back(mine);
  EXPECT_THAT(say({}).out, HasSubstr("rolled back: being ended"));
  EXPECT_EQ(say({}).exit, Exit::ok);
  stock_.run("UPDATE vow_branch SET created_at = created_at - 120000");
  EXPECT_THAT(say({}).out, HasSubstr("rolled back: left behind"));
  EXPECT_EQ(say({}).exit, Exit::degraded);
  EXPECT_TRUE(is_prepared(mine)) << "to list is not to end";
}

TEST_F(Orphans, OfAnotherCellAreLeftAlone) {
  const preparation theirs = CellOfTests::of_cell(77);
  stock_.run("CREATE TABLE vow_none (a)");
  stock_.prepare(CellOfTests::of_cell(77, 0));
  EXPECT_THAT(say({}).out, AllOf(HasSubstr("of another cell, 77"), Not(HasSubstr("left behind"))));
  EXPECT_EQ(say({}).exit, Exit::ok) << "its transaction may be at work";
  stock_.run("UPDATE vow_branch SET xid = '" + theirs.xid + "'");
  EXPECT_THAT(say({}).out, HasSubstr("of another cell, 77: left behind"));
  EXPECT_EQ(say({}).exit, Exit::degraded);
  EXPECT_TRUE(is_prepared(theirs));
}

TEST_F(Orphans, OfADeadCellAreRolledBackWhenSomebodySaysWhy) {
  const preparation young = CellOfTests::of_cell(77, 0);
  stock_.prepare(young);
  const Said too_early = say({"--cell", "77", "--reason", "lost"});
  EXPECT_EQ(too_early.exit, Exit::error);
  EXPECT_THAT(too_early.out, HasSubstr("left: its transaction's deadline is not past"));
  EXPECT_TRUE(is_prepared(young));

  const preparation old = CellOfTests::of_cell(77);
  stock_.run("UPDATE vow_branch SET xid = '" + old.xid + "'");
  EXPECT_EQ(say({"--cell", "78", "--reason", "lost"}).exit, Exit::ok) << "nothing is that cell's";
  EXPECT_TRUE(is_prepared(old));
  const Said said = say({"--cell", "77", "--reason", "lost in the fire"});
  EXPECT_EQ(said.exit, Exit::ok) << said.out << said.err;
  EXPECT_THAT(said.out, HasSubstr("rolled back"));
  EXPECT_THAT(said.err, AllOf(HasSubstr("cell 77"), HasSubstr(who_am_i()), HasSubstr("lost in the fire")));
  EXPECT_FALSE(is_prepared(old));
  stock_.run("INSERT INTO item VALUES (9)");  // writers go on
}

TEST_F(Orphans, TheCellThatAnswersIsNotDead) {
  const preparation mine = cell_.preparing();
  stock_.prepare(mine);
  const Said said = say({"--cell", std::to_string(cell_.number()), "--reason", "mistaken"});
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.err, AllOf(HasSubstr("that cell answers"), HasSubstr("VOW-4006")));
  EXPECT_TRUE(is_prepared(mine));
}

TEST_F(Orphans, ThatNobodyAnswersMustBeSaid) {
  const preparation theirs = CellOfTests::of_cell(77);
  const preparation young = CellOfTests::of_cell(77, 0);
  stock_.prepare(young);
  stock_.run("UPDATE vow_branch SET xid = '" + theirs.xid + "'");
  const Said refused = say({"--cell", "77", "--reason", "lost", "--coordinator", "127.0.0.1:1"});
  EXPECT_EQ(refused.exit, Exit::error);
  EXPECT_THAT(refused.err, HasSubstr("--coordinator none"));
  EXPECT_TRUE(is_prepared(theirs));
  EXPECT_EQ(say({"--cell", "77", "--reason", "lost", "--coordinator", "none"}).exit, Exit::ok);
  EXPECT_FALSE(is_prepared(theirs));
}

TEST_F(Orphans, AnActionIsItsProgramsToUndo) {
  stock_.prepare(cell_.preparing());
  stock_.run("DELETE FROM vow_branch");
  const preparation theirs = CellOfTests::of_cell(77);
  stock_.record({theirs.xid, "-a", 3}, "tcc", "prepared");
  const Said said = say({"--cell", "77", "--reason", "lost"});
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.out, HasSubstr("left: its program alone can undo it (tcc)"));
  EXPECT_TRUE(is_prepared(theirs));
}

TEST_F(Orphans, AreListedAsJson) {
  const preparation mine = cell_.preparing();
  stock_.prepare(mine);
  const Json json = Json::parse(say({"-o", "json"}).out);
  EXPECT_EQ(json.number("cell"), cell_.number());
  const Json one = json.list("prepared").at(0);
  EXPECT_EQ(one.text("name"), mine.name());
  EXPECT_EQ(one.text("outcome"), "open");
  EXPECT_FALSE(one.truth("left_behind"));
  EXPECT_FALSE(one.truth("rolled_back"));
}

}  // namespace
}  // namespace vow::cli
