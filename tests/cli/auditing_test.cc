// `vow audit` of a SQLite file, held against a real cell: each kind of fault is planted and found.
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/cli/json.h"
#include "tests/cli/cell_of_tests.h"
#include "tests/cli/planted_sqlite.h"
#include "tests/cli/terminal.h"

namespace vow::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Auditing : public ::testing::Test {
 protected:
  Said say(std::vector<std::string> more = {}, const std::string& pause = "10ms") {
    std::vector<std::string> words{"audit", "--db", stock_.url(), "--pause", pause};
    words.insert(words.end(), more.begin(), more.end());
    return vow_says(words, {{"VOW_COORDINATORS", cell_.address()}});
  }
  std::vector<std::string> kinds(std::vector<std::string> more = {}) {
    more.insert(more.end(), {"-o", "json"});
    std::vector<std::string> all;
    for (const Json& each : Json::parse(say(std::move(more)).out).list("faults"))
      all.push_back(each.text("kind"));
    return all;
  }

  CellOfTests& cell_ = shared_cell();
  PlantedSqlite stock_;
};

TEST_F(Auditing, HoldsOfWhatIsCommittedEverywhere) {
  const preparation which = cell_.preparing();
  stock_.commit(which);
  cell_.commit({which});
  const Said said = say();
  EXPECT_EQ(said.exit, Exit::ok) << said.out << said.err;
  EXPECT_THAT(
      said.out,
      AllOf(HasSubstr("databases 1, transactions 1, prepared branches 0 (at work 0), ended branches 1."),
            HasSubstr("The audit holds.")));
}

TEST_F(Auditing, NothingLookedAtIsNoSuccess) {
  const Said said = say();
  EXPECT_EQ(said.exit, Exit::degraded);
  EXPECT_THAT(said.out, AllOf(HasSubstr("Nothing is prepared, and no record"), Not(HasSubstr("holds"))));
  EXPECT_FALSE(Json::parse(say({"-o", "json"}).out).truth("holds"));
}

TEST_F(Auditing, WhatIsAtWorkIsNoFault) {
  stock_.prepare(cell_.preparing());
  EXPECT_EQ(say().exit, Exit::ok) << say().out;
}

TEST_F(Auditing, FindsAnOrphan) {
  const preparation which = cell_.preparing();
  stock_.prepare(which);
  cell_.roll_back(which);
  const Said said = say();
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.out, AllOf(HasSubstr("FAULT orphan " + which.name() + " in " + stock_.url() +
                                        ": its transaction is rolled back, and it is still prepared"),
                              HasSubstr("vow explain VOW-4010"), HasSubstr("Faults: 1.")));
}

TEST_F(Auditing, FindsWhatAnotherCellHasLeft) {
  const preparation theirs = CellOfTests::of_cell(77);
  stock_.prepare(CellOfTests::of_cell(77, 0));
  EXPECT_THAT(kinds(), IsEmpty());
  stock_.run("UPDATE vow_branch SET xid = '" + theirs.xid + "'");
  EXPECT_THAT(kinds(), ElementsAre("orphan"));
}

TEST_F(Auditing, FindsABranchThatIsHalfDone) {
  const preparation here = cell_.preparing();
  const preparation there = cell_.beside(here, "b");
  PlantedSqlite other;
  stock_.prepare(here);
  other.commit(there);
  cell_.commit({here, there});
  EXPECT_THAT(kinds({"--db", other.url()}), ElementsAre("half_done"));
  EXPECT_THAT(kinds(), ElementsAre("orphan")) << "who does not see the other database cannot tell";
}

TEST_F(Auditing, FindsGuardsThatNobodyNeeds) {
  const preparation which = cell_.preparing();
  stock_.prepare(which);
  stock_.run("UPDATE vow_branch SET state = 'cancelled'");
  EXPECT_THAT(kinds(), IsEmpty()) << "they look into the table";
  stock_.run("DROP TABLE vow_branch");
  EXPECT_THAT(kinds(), ElementsAre("leaked_lock"));
}

TEST_F(Auditing, FindsEffectsThatAreNotTheOutcome) {
  const preparation committed = cell_.preparing();
  const preparation rolled_back = cell_.preparing();
  stock_.commit(rolled_back);
  stock_.record(committed, "tcc", "cancelled");
  cell_.commit({committed});
  cell_.roll_back(rolled_back);
  EXPECT_THAT(kinds(), ElementsAre("disagreement", "disagreement"));
  EXPECT_EQ(say().exit, Exit::error);
}

TEST_F(Auditing, FindsWhatIsCommittedBeforeItIsDecided) {
  stock_.commit(cell_.preparing());
  EXPECT_THAT(kinds(), ElementsAre("disagreement"));
}

TEST_F(Auditing, SettlesNothing) {
  const preparation which = cell_.preparing();
  stock_.prepare(which);
  EXPECT_EQ(say().exit, Exit::ok);
  cell_.commit({which});
}

TEST_F(Auditing, AFaultThatPassesIsNone) {
  const preparation which = cell_.preparing();
  stock_.prepare(which);
  cell_.roll_back(which);
  std::thread ending([&] {
    sqlite::database in(stock_.url().substr(7));
    sqlite::rollback_prepared(in, which);
  });
  // However the two meet: it is prepared at the first look at most.
  const Said said = say({}, "2s");
  EXPECT_NE(said.exit, Exit::error) << said.out << said.err;
  ending.join();
}

TEST_F(Auditing, WantsACoordinator) {
  const Said said = vow_says({"audit", "--db", stock_.url(), "--coordinator", "127.0.0.1:1"});
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.err, AllOf(HasSubstr("no coordinator says"), HasSubstr("VOW-4001")));
}

TEST_F(Auditing, ADatabaseThatCannotBeReadIsAnError) {
  const Said said = say({"--db", "sqlite:/no/such/file"});
  EXPECT_EQ(said.exit, Exit::error);
  EXPECT_THAT(said.err, AllOf(HasSubstr("/no/such/file"), HasSubstr("VOW-5151")));
}

}  // namespace
}  // namespace vow::cli
