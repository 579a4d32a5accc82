// A request that is repeated: its branch is not worked on twice, nor does it wait behind itself.
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sdk/mysql/fixture.h"

namespace vow::mysql {
namespace {

class Repetition : public OnSharedServer {
 protected:
  // Of the same branch, with a nonce of its own.
  [[nodiscard]] start again(const preparation& of) const {
    return begin(database_.connections(), new_preparation(of));
  }
};

TEST_F(Repetition, WhileTheFirstIsAtWorkIsToldSo) {
  const preparation as = new_preparation();
  const auto first = database_.paid(as);
  EXPECT_EQ(again(as).is, beginning::another_is_at_it);
  EXPECT_EQ(first->prepare(), ballot::prepared);
  first->rollback();
}

TEST_F(Repetition, OfAPreparedBranchIsGivenItsPreparation) {
  const preparation as = new_preparation();
  const auto first = database_.prepared_payment(as);
  const start second = again(as);
  EXPECT_EQ(second.is, beginning::there_already);
  EXPECT_EQ(second.found, as);
  EXPECT_EQ(second.branch, nullptr);
  first->commit();
}

TEST_F(Repetition, FindsItAlsoAfterTheProcessThatPreparedItIsGone) {
  const preparation as = new_preparation();
  { const auto first = database_.prepared_payment(as); }
  ASSERT_TRUE(eventually([&] { return again(as).is == beginning::there_already; }));
  end_by_name(*database_.connections(), as, ending::rollback);
}

TEST_F(Repetition, AfterTheEndBegins) {
  const preparation as = new_preparation();
  database_.prepared_payment(as)->commit();
  const start second = again(as);
  EXPECT_EQ(second.is, beginning::begun);
  second.branch->rollback();
  EXPECT_EQ(again(as).is, beginning::begun);
}

TEST_F(Repetition, AfterAReadOnlyOrUnfinishedFirstBegins) {
  const preparation as = new_preparation();
  { const auto lost = database_.paid(as); }
  ASSERT_TRUE(eventually([&] { return again(as).is == beginning::begun; }));
}

TEST_F(Repetition, OfOtherBranchesDoesNotCount) {
  const preparation as = new_preparation();
  const auto first = database_.prepared_payment(as, 1);
  preparation sibling = new_preparation(as);
  sibling.branch = "orders";
  const auto second = database_.paid(sibling, 2);
  EXPECT_EQ(second->prepare(), ballot::prepared);
  first->commit();
  second->commit();
}

TEST_F(Repetition, OfManyAtOnceOneAloneDoesTheWork) {
  constexpr int requests = 12;
  for (int round = 0; round < 10; ++round) {
    const preparation as = new_preparation();
    std::vector<preparation> names;
    for (int i = 0; i < requests; ++i) names.push_back(new_preparation(as));
    std::vector<start> starts(requests);
    std::vector<std::thread> threads;
    std::atomic<int> begun = 0;
    for (int i = 0; i < requests; ++i) {
      threads.emplace_back([&, i] {
        starts[i] = begin(database_.connections(), names[i]);
        if (starts[i].is != beginning::begun) return;
        ++begun;
        run(starts[i].branch->get(), "UPDATE accounts SET cents = cents - 1 WHERE id = 1");
        EXPECT_EQ(starts[i].branch->prepare(), ballot::prepared);
      });
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(begun, 1);
    for (const start& each : starts) {
      if (each.branch != nullptr) each.branch->commit();
    }
  }
  EXPECT_EQ(database_.cents(1), "90");
}

}  // namespace
}  // namespace vow::mysql
