// What a process has ended it is not told to end in vain.
#include "participant-sdk/core/ended_branches.h"

#include <atomic>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sdk/core/shelf.h"
#include "tests/sdk/core/world.h"

namespace vow::sdk {
namespace {

using EndedByThemselves = World;

TEST_F(EndedByThemselves, AreReportedAndNeverLookedUpInTheDatabase) {
  Shelf shelf;
  std::atomic<int> ends = 0;
  shelf.fails([&](Shelf::Step step, const std::string&) { ends += step == Shelf::Step::commit ? 1 : 0; });
  client with(options());
  ShelfResource on(with, "shelf", shelf);
  constexpr int threads = 4;
  constexpr int each = 50;
  std::vector<std::thread> working;
  for (int i = 0; i < threads; ++i) {
    working.emplace_back([&] {
      for (int n = 0; n < each; ++n) with.run("add", [&](tx& in) { on.in(in).add("pens", 1); });
    });
  }
  for (std::thread& one : working) one.join();
  EXPECT_TRUE(eventually([&] { return unfinished() == 0; }));
  EXPECT_EQ(shelf.stock("pens"), threads * each);
  EXPECT_EQ(ends, threads * each);
}

TEST_F(EndedByThemselves, AreReportedBeforeTheProcessGoes) {
  Shelf one;
  Shelf other;
  {
    client with(options());
    ShelfResource in_one(with, "one", one);
    ShelfResource in_other(with, "other", other);
    for (int n = 0; n < 10; ++n) {
      with.run("add", [&](tx& in) {
        in_one.in(in).add("pens", 1);
        in_other.in(in).add("pens", 1);
      });
    }
  }
  EXPECT_TRUE(eventually([&] { return unfinished() == 0; }));
}

TEST(EndedBranches, KnowHowTheyEndedUntilManyOthersHave) {
  EndedBranches ended;
  ended.add("first", wire::Action::commit);
  EXPECT_TRUE(ended.has("first", wire::Action::commit));
  EXPECT_FALSE(ended.has("first", wire::Action::rollback));
  EXPECT_FALSE(ended.has("second", wire::Action::commit));
  for (std::size_t i = 0; i < EndedBranches::kept_max; ++i)
    ended.add(std::to_string(i), wire::Action::rollback);
  EXPECT_FALSE(ended.has("first", wire::Action::commit));
  EXPECT_TRUE(ended.has("0", wire::Action::rollback));
}

}  // namespace
}  // namespace vow::sdk
