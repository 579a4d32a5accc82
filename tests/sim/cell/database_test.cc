#include "tests/sim/cell/database.h"

#include <gmock/gmock.h>

#include "tests/sim/cell/words.h"

namespace vow::sim::cell {
namespace {

using test::key_of;
using test::preparation;
using test::xid_of;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TheDatabase : public ::testing::Test {
 protected:
  TheDatabase() { checker.applying({Index(1), test::term}, test::decide(xid_of(), {preparation("a")})); }
  void prepare(const BranchKey& key) {
    database.prepare(key, Row{Standing::prepared, 0, NodeId(1), world.clock.now()}, {});
  }
  void pass(Time time) { world.clock.run_until(world.clock.now() + time); }

  World world{draw_options(1), nullptr};
  OutcomeChecker checker{world, test::cell};
  Database database{
      world, checker, "r", {.sync_min = 10, .sync_spread = 0, .vacuum_after = second}, Random(1)};
};

TEST_F(TheDatabase, ShowsAWriteAtOnceAndSaysWhenItIsDurable) {
  bool durable = false;
  database.prepare(key_of("a"), {}, [&] { durable = true; });
  EXPECT_THAT(database.prepared(), ElementsAre(key_of("a")));
  EXPECT_FALSE(durable);
  pass(10);
  EXPECT_TRUE(durable);
}

TEST_F(TheDatabase, SharesTheNextSyncAmongAllThatComeDuringOne) {
  std::vector<Time> durable;
  const auto note = [&] { durable.push_back(world.clock.now()); };
  database.prepare(key_of("a"), {}, note);
  pass(5);
  database.prepare(key_of("b"), {}, note);
  pass(1);
  database.prepare(key_of("c"), {}, note);
  pass(8);
  database.prepare(key_of("d"), {}, note);
  pass(second);
  EXPECT_THAT(durable, ElementsAre(10, 20, 20, 30));
}

TEST_F(TheDatabase, LosesInACrashWhatIsNotDurable) {
  bool durable = false;
  database.prepare(key_of("a"), {}, [&] { durable = true; });
  pass(9);
  database.crash();
  pass(second);
  EXPECT_FALSE(durable);
  EXPECT_THAT(database.prepared(), IsEmpty());
}

TEST_F(TheDatabase, ComesBackPreparedIfTheCommitWasNotDurable) {
  prepare(key_of("a"));
  pass(10);
  EXPECT_TRUE(database.commit(key_of("a"), {}));
  EXPECT_EQ(database.find(key_of("a"))->standing, Standing::committed);
  database.crash();
  EXPECT_THAT(database.prepared(), ElementsAre(key_of("a")));
  EXPECT_FALSE(checker.is_durably_committed(key_of("a")));
}

TEST_F(TheDatabase, KeepsThroughACrashWhatIsDurable) {
  prepare(key_of("a"));
  EXPECT_TRUE(database.commit(key_of("a"), {}));
  pass(20);
  database.crash();
  EXPECT_EQ(database.find(key_of("a"))->standing, Standing::committed);
  EXPECT_TRUE(checker.is_durably_committed(key_of("a")));
}

TEST_F(TheDatabase, EndsConnectionsInACrash) {
  const std::uint64_t before = database.epoch();
  database.crash();
  EXPECT_NE(database.epoch(), before);
}

TEST_F(TheDatabase, ClearsAwayWhatHasBeenCommittedForLong) {
  prepare(key_of("a"));
  EXPECT_TRUE(database.commit(key_of("a"), {}));
  pass(2 * second);
  EXPECT_EQ(database.find(key_of("a")), nullptr);
  EXPECT_FALSE(database.commit(key_of("a"), {})) << "nothing is found";
}

TEST_F(TheDatabase, FindsTheNewestPreparingOfABranchThatStands) {
  prepare(key_of("b", 1));
  pass(second);
  prepare(key_of("b", 2));
  ASSERT_NE(database.find_branch(xid_of(), preparation("b").branch), nullptr);
  EXPECT_EQ(*database.find_branch(xid_of(), preparation("b").branch), key_of("b", 2));
  EXPECT_TRUE(database.roll_back(key_of("b", 2), {}));
  EXPECT_EQ(*database.find_branch(xid_of(), preparation("b").branch), key_of("b", 1));
  EXPECT_EQ(database.find_branch(xid_of(), preparation("c").branch), nullptr);
}

TEST_F(TheDatabase, IsEndedByHandWhateverWasDecided) {
  prepare(key_of("a"));
  database.get_stuck(key_of("a"));
  database.force(key_of("a"), false);
  EXPECT_EQ(database.find(key_of("a"))->standing, Standing::rolled_back);
  EXPECT_FALSE(database.is_stuck(key_of("a")));
}

}  // namespace
}  // namespace vow::sim::cell
