// The contract of LogStore under crashes at every step, random histories and decay.
#include <gmock/gmock.h>

#include "tests/storage/log_contract.h"
#include "tests/storage/log_model.h"

namespace vow::storage {
namespace {

using ::testing::AnyOf;

// Dies at this step of writing the batch, and says whether the step was reached.
bool dies_writing(LogMedium& medium, const std::vector<LogWrite>& batch, std::uint64_t step) {
  medium.die_after(step);
  const auto written = medium.store().write(batch);
  EXPECT_EQ(written.ok(), !medium.is_dead()) << "acknowledged by a dead process, or refused by a living one";
  return medium.is_dead();
}

Result<void> reopen(LogMedium& medium, Random& random) {
  return random.chance(0.5) ? medium.reopen_after_crash() : medium.reopen_after_power_loss();
}

// The states that a log went through, each batch leading from one to the next.
class History {
 public:
  explicit History(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] std::vector<LogWrite> next_batch() { return random_batch(random_, now()); }
  void add(const std::vector<LogWrite>& batch) {
    states_.push_back(now());
    for (const LogWrite& write : batch) states_.back().carry_out(write);
  }
  [[nodiscard]] const LogModel& now() const { return states_.back(); }
  [[nodiscard]] const LogModel& before() const { return states_[states_.size() - 2]; }
  // The process crashed during the last batch, and this is what was found.
  void settle_on(const LogModel& found) {
    if (found == before()) states_.pop_back();
  }
  Random& random() { return random_; }

 private:
  Random random_;
  std::vector<LogModel> states_ = std::vector<LogModel>(1);
};

}  // namespace

TEST_P(LogContract, IsAtomicWhereverTheProcessDies) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    std::uint64_t step = 0;
    for (bool died = true; died; ++step) {
      const auto medium = new_medium(seed);
      History history(seed);
      for (int i = 0; i < 5; ++i) {
        const auto batch = history.next_batch();
        history.add(batch);
        ASSERT_TRUE(medium->store().write(batch).ok());
      }
      const auto batch = history.next_batch();
      history.add(batch);
      died = dies_writing(*medium, batch, step);
      const auto reopened = reopen(*medium, history.random());
      ASSERT_TRUE(reopened.ok()) << "seed " << seed << " step " << step << ": " << reopened.error().what;
      const LogModel found = observe(medium->store()).value();
      if (died) {
        ASSERT_THAT(found, AnyOf(history.before(), history.now())) << "seed " << seed << " step " << step;
      } else {
        ASSERT_EQ(found, history.now()) << "acknowledged, and gone; seed " << seed;
      }
      ASSERT_LT(step, 10'000u) << "a write without an end";
    }
    ASSERT_GE(step, 2u) << "the process never died: the test is blind";
  }
}

TEST_P(LogContract, EqualsItsModelThroughRandomHistories) {
  std::uint64_t deaths = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto medium = new_medium(seed);
    History history(seed + 1000);
    Random& random = history.random();
    for (int turn = 0; turn < 60; ++turn) {
      const auto batch = history.next_batch();
      history.add(batch);
      if (random.chance(0.25)) medium->die_after(random.below(12));  // in this write or a later one
      const auto written = medium->store().write(batch);
      if (medium->is_dead()) {
        ++deaths;
        ASSERT_TRUE(reopen(*medium, random).ok());
        const LogModel found = observe(medium->store()).value();
        ASSERT_THAT(found, AnyOf(history.before(), history.now()));
        history.settle_on(found);
        continue;
      }
      ASSERT_TRUE(written.ok()) << written.error().what;
      if (random.chance(0.2)) {
        ASSERT_TRUE(reopen(*medium, random).ok());
      }
      ASSERT_EQ(observe(medium->store()).value(), history.now());
    }
  }
  EXPECT_GT(deaths, 50u) << "the process hardly ever died: the test is blind";
}

TEST_P(LogContract, NeverAnswersWithOtherEntriesThanItWasGiven) {
  for (std::uint64_t seed = 0; seed < 150; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const auto medium = new_medium(seed);
    History history(seed);
    for (int i = 0; i < 8; ++i) {
      const auto batch = history.next_batch();
      history.add(batch);
      ASSERT_TRUE(medium->store().write(batch).ok());
    }
    if (!medium->close_and_flip_a_bit(history.random())) GTEST_SKIP() << "this form keeps no files";
    const auto reopened = medium->reopen_after_crash();
    const auto found = reopened.ok() ? observe(medium->store()) : Result<LogModel>(Failure{reopened.error()});
    if (found.ok()) {
      EXPECT_EQ(*found, history.now()) << "other content, with a straight face";
    } else {
      EXPECT_THAT(found.error().fault, AnyOf(Fault::damaged, Fault::wrong_version, Fault::wrong_identity))
          << found.error().what;
    }
  }
}

}  // namespace vow::storage
