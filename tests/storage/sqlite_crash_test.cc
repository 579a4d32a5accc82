// The SQLite log when the power goes, or the disk fails, at every step of a script: creation, commits,
// checkpoints, compaction, truncation.
//
// What was acknowledged is there; at most the one batch that was not is there besides, wholly or not at all;
// and a torn tail is no damage: the store always opens again.
#include <gmock/gmock.h>

#include "tests/storage/log_model.h"
#include "tests/storage/sqlite_medium.h"

namespace vow::storage {
namespace {

using testing::FaultyDisk;
using testing::Trouble;

constexpr Identity identity{CellId(7), NodeId(11)};
constexpr int script_length = 24;

std::vector<LogWrite> script_batch(int number, const LogModel& from) {
  const std::uint64_t next = from.last().index.value() + 1;
  LogWrite write;
  if (number % 5 == 0) write.hard_state = HardState{Term(3 + static_cast<std::uint64_t>(number)), NodeId(11)};
  if (number % 7 == 6) write.truncate_from = Index(next - 1);
  const std::uint64_t first = write.truncate_from ? next - 1 : next;
  for (std::uint64_t i = 0; i < 1 + static_cast<std::uint64_t>(number) % 4; ++i)
    write.entries.push_back(entry(first + i, 3 + static_cast<std::uint64_t>(number), 150));
  if (number % 6 == 5) write.compact_to = from.entries[from.entries.size() / 2].position();
  return {write};
}

// Runs the script until something fails, and knows what must be there and what may be.
class Script {
 public:
  explicit Script(SqliteMedium& medium) : medium_(medium) {}

  void run() {
    create();
    if (is_created_) write_on();
  }
  void create() { is_created_ = medium_.create(identity).ok(); }
  // The rest of the script, in a store that was reopened.
  void write_on() {
    while (number_ < script_length) {
      const auto batch = script_batch(number_, acknowledged_);
      attempted_ = acknowledged_;
      for (const LogWrite& write : batch) attempted_.carry_out(write);
      const auto written = medium_.store().write(batch);
      if (!written.ok()) {
        last_error_ = written.error();
        return;
      }
      acknowledged_ = attempted_;
      ++number_;
    }
  }

  [[nodiscard]] bool is_done() const { return number_ == script_length; }
  [[nodiscard]] const Error& last_error() const { return last_error_; }

  // What was acknowledged, or that and the batch that failed.
  void expect_nothing_lost() {
    const auto found = observe(medium_.store());
    ASSERT_TRUE(found.ok()) << found.error().what;
    ASSERT_THAT(*found, ::testing::AnyOf(acknowledged_, attempted_));
    if (*found == acknowledged_) return;
    acknowledged_ = *found;
    ++number_;
  }
  void expect_to_open(const Result<void>& opened) {
    if (!is_created_ && !opened.ok() && opened.error().fault == Fault::absent) {
      const auto created = medium_.create(identity);
      ASSERT_TRUE(created.ok()) << "what an interrupted creation left is in the way: "
                                << created.error().what;
    } else {
      ASSERT_TRUE(opened.ok()) << opened.error().what;
    }
    is_created_ = true;
  }

 private:
  SqliteMedium& medium_;
  bool is_created_ = false;
  int number_ = 0;
  LogModel acknowledged_;
  LogModel attempted_;
  Error last_error_;
};

std::uint64_t steps_of_the_script() {
  SqliteMedium medium(1);
  Script script(medium);
  script.run();
  EXPECT_TRUE(script.is_done());
  EXPECT_GE(medium.sqlite_store().figures().checkpoints, 2u) << "the script is too short";
  return medium.disk().counters().steps;
}

TEST(SqliteLogCrash, SurvivesThePowerGoingAtEveryStep) {
  const std::uint64_t steps = steps_of_the_script();
  for (std::uint64_t step = 0; step < steps; ++step) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      SCOPED_TRACE("step " + std::to_string(step) + ", seed " + std::to_string(seed));
      SqliteMedium medium(seed + 10 * step);
      Script script(medium);
      medium.disk().halt_after(step);
      script.run();
      ASSERT_FALSE(script.is_done());
      script.expect_to_open(medium.reopen_after_power_loss());
      script.expect_nothing_lost();
      script.write_on();
      EXPECT_TRUE(script.is_done());
      script.expect_nothing_lost();
      ASSERT_FALSE(HasFailure());
    }
  }
}

// Creation writes several files and names; each may survive without the others.
TEST(SqliteLogCrash, SurvivesThePowerGoingDuringItsCreation) {
  SqliteMedium whole(1);
  ASSERT_TRUE(whole.create(identity).ok());
  for (std::uint64_t step = 0; step < whole.disk().counters().steps; ++step) {
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      SCOPED_TRACE("step " + std::to_string(step) + ", seed " + std::to_string(seed));
      SqliteMedium medium(seed + 100 * step);
      Script script(medium);
      medium.disk().halt_after(step);
      script.create();
      script.expect_to_open(medium.reopen_after_power_loss());
      script.expect_nothing_lost();
      ASSERT_FALSE(HasFailure());
    }
  }
}

// One torn tail upon another, with crashes in the openings between them.
TEST(SqliteLogCrash, SurvivesThePowerGoingAgainAndAgain) {
  std::uint64_t openings_cut_short = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    SqliteMedium medium(seed);
    Script script(medium);
    script.create();
    medium.disk().halt_after(random.below(60));
    script.write_on();
    for (int crash = 0; crash < 12 && !script.is_done(); ++crash) {
      if (random.chance(0.3)) {
        medium.disk().crash_process();
      } else {
        medium.disk().lose_power();
      }
      medium.close();
      medium.disk().halt_after(random.below(40));
      const auto opened = medium.open();
      if (medium.disk().halted()) {
        ++openings_cut_short;
        ASSERT_FALSE(opened.ok());
        continue;
      }
      script.expect_to_open(opened);
      script.expect_nothing_lost();
      script.write_on();
      ASSERT_FALSE(HasFailure());
    }
    script.expect_to_open(medium.reopen_after_power_loss());
    script.expect_nothing_lost();
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(openings_cut_short, 50u) << "openings were hardly ever cut short: the test is blind";
}

TEST(SqliteLogCrash, SurvivesEveryCallOfTheDiskFailingOnce) {
  for (const Trouble trouble :
       {Trouble::read_error, Trouble::short_read, Trouble::write_error, Trouble::truncate_error,
        Trouble::sync_error, Trouble::create_error, Trouble::rename_error, Trouble::remove_error,
        Trouble::directory_sync_error}) {
    for (std::uint64_t spared = 0;; ++spared) {
      SCOPED_TRACE("trouble " + std::to_string(static_cast<int>(trouble)) + " after " +
                   std::to_string(spared));
      SqliteMedium medium(spared);
      Script script(medium);
      medium.disk().inject(trouble, spared);
      script.run();
      if (medium.disk().counters().faults == 0) break;  // there are no more such calls
      if (!script.is_done()) {
        EXPECT_EQ(script.last_error().what.empty() ? Fault::failed : script.last_error().fault,
                  Fault::failed);
      }
      medium.disk().heal();
      script.expect_to_open(medium.reopen_after_power_loss());
      script.expect_nothing_lost();
      ASSERT_FALSE(HasFailure());
    }
  }
}

TEST(SqliteLogCrash, TriesAgainWhenThereIsRoom) {
  SqliteMedium first(1);
  ASSERT_TRUE(first.create(identity).ok());
  const std::uint64_t least = first.disk().bytes_used();
  std::uint64_t refusals = 0;
  for (std::uint64_t capacity = least; capacity < least + (24u << 10); capacity += 100) {
    SCOPED_TRACE("capacity " + std::to_string(capacity));
    SqliteMedium medium(capacity);
    Script script(medium);
    medium.disk().set_capacity(capacity);
    script.run();
    if (!script.is_done() && !script.last_error().what.empty()) {
      ++refusals;
      ASSERT_EQ(script.last_error().fault, Fault::no_space) << script.last_error().what;
      script.write_on();
      ASSERT_EQ(script.last_error().fault, Fault::no_space) << script.last_error().what;
      medium.disk().heal();
      script.write_on();
      EXPECT_TRUE(script.is_done()) << script.last_error().what;
    }
    medium.disk().heal();
    script.expect_to_open(medium.reopen_after_power_loss());
    script.expect_nothing_lost();
    ASSERT_FALSE(HasFailure());
  }
  EXPECT_GT(refusals, 3u) << "there was always room: the test is blind";
}

}  // namespace
}  // namespace vow::storage
