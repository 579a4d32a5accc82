#include "tests/storage/log_contract.h"

#include <gmock/gmock.h>

#include "tests/storage/log_model.h"

namespace vow::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::size_t no_limit = 1u << 30;

LogPosition at(std::uint64_t index, std::uint64_t term) { return {Index(index), Term(term)}; }

Result<void> write(LogMedium& medium, std::vector<LogWrite> batch) { return medium.store().write(batch); }

// Entries 1 to 5: three of term 1, two of term 2.
LogWrite five_entries() {
  return {.hard_state = HardState{Term(2), NodeId(3)},
          .entries = {entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 2), entry(5, 2)}};
}

// What the store answers now, and the same again after kill -9 and after a power loss.
LogModel lasting_content(LogMedium& medium) {
  LogModel now = observe(medium.store()).value();
  EXPECT_TRUE(medium.reopen_after_crash().ok());
  EXPECT_EQ(observe(medium.store()).value(), now) << "after kill -9";
  EXPECT_TRUE(medium.reopen_after_power_loss().ok());
  EXPECT_EQ(observe(medium.store()).value(), now) << "after a power loss";
  return now;
}

}  // namespace

std::unique_ptr<LogMedium> LogContract::new_medium(std::uint64_t seed) {
  std::unique_ptr<LogMedium> medium = GetParam().make_medium(seed);
  const auto created = medium->create(identity_);
  VOW_CHECK(created.ok(), "creating a store failed: {}", created.error().what);
  return medium;
}

TEST_P(LogContract, BeginsEmptyAndKnowsWhoseItIs) {
  const auto medium = new_medium(1);
  EXPECT_EQ(lasting_content(*medium), LogModel());
  EXPECT_EQ(medium->store().last(), at(0, 0));
  EXPECT_EQ(medium->store().identity(), identity_);
  EXPECT_THAT(medium->store().read(Index(1), no_limit).value(), IsEmpty());
}

TEST_P(LogContract, KeepsWhatItAcknowledged) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries()}).ok());
  const LogModel content = lasting_content(*medium);
  EXPECT_EQ(content.entries, five_entries().entries);
  EXPECT_EQ(content.hard_state, (HardState{Term(2), NodeId(3)}));
  EXPECT_EQ(content.base, at(0, 0));
  EXPECT_EQ(medium->store().last(), at(5, 2));
  EXPECT_EQ(medium->store().identity(), identity_);
}

TEST_P(LogContract, KeepsAVoteWithoutAnyEntry) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {{.hard_state = HardState{Term(9), NodeId(0)}}}).ok());
  ASSERT_TRUE(write(*medium, {{.hard_state = HardState{Term(9), NodeId(2)}}}).ok());
  EXPECT_EQ(lasting_content(*medium).hard_state, (HardState{Term(9), NodeId(2)}));
}

TEST_P(LogContract, KeepsPayloadsByteForByte) {
  const auto medium = new_medium(1);
  std::string all_bytes;
  for (int c = 0; c < 256; ++c) all_bytes.push_back(static_cast<char>(c));
  const std::vector<Entry> entries = {
      {Index(1), Term(1), EntryKind::empty, Payload()},
      {Index(2), Term(1), EntryKind::command, Payload(all_bytes)},
      {Index(3), Term(1), EntryKind::configuration, Payload(std::string(3 << 20, 'x'))},
      {Index(4), Term(1ull << 62), EntryKind::command, Payload(std::string(1, '\0'))},
  };
  ASSERT_TRUE(write(*medium, {{.entries = entries}}).ok());
  EXPECT_EQ(lasting_content(*medium).entries, entries);
}

TEST_P(LogContract, CarriesOutTheWritesOfABatchInOrder) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(
      write(*medium, {{.hard_state = HardState{Term(1), NodeId(1)}, .entries = {entry(1, 1), entry(2, 1)}},
                      {.hard_state = HardState{Term(2), NodeId(2)}, .truncate_from = Index(2)},
                      {.entries = {entry(2, 2), entry(3, 2)}}})
          .ok());
  const LogModel content = lasting_content(*medium);
  EXPECT_THAT(content.entries, ElementsAre(entry(1, 1), entry(2, 2), entry(3, 2)));
  EXPECT_EQ(content.hard_state, (HardState{Term(2), NodeId(2)}));
}

TEST_P(LogContract, CarriesOutThePartsOfAWriteInOrder) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries()}).ok());
  ASSERT_TRUE(
      write(*medium, {{.truncate_from = Index(3), .entries = {entry(3, 2)}, .compact_to = at(3, 2)}}).ok());
  EXPECT_EQ(lasting_content(*medium).base, at(3, 2));
  ASSERT_TRUE(write(*medium, {{.restart_at = at(20, 2), .entries = {entry(21, 2)}}}).ok());
  EXPECT_THAT(lasting_content(*medium).entries, ElementsAre(entry(21, 2)));
}

TEST_P(LogContract, DoesNothingForAnEmptyBatch) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries()}).ok());
  const LogModel before = observe(medium->store()).value();
  EXPECT_TRUE(write(*medium, {}).ok());
  EXPECT_TRUE(write(*medium, {LogWrite{}}).ok());
  EXPECT_EQ(lasting_content(*medium), before);
}

TEST_P(LogContract, ReplacesASuffix) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries()}).ok());
  ASSERT_TRUE(write(*medium, {{.truncate_from = Index(4), .entries = {entry(4, 3)}}}).ok());
  EXPECT_EQ(medium->store().last(), at(4, 3));
  EXPECT_THAT(lasting_content(*medium).entries,
              ElementsAre(entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 3)));
}

TEST_P(LogContract, TruncatesDownToItsBase) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries(), {.compact_to = at(3, 1)}}).ok());
  ASSERT_TRUE(write(*medium, {{.truncate_from = Index(4)}}).ok());
  EXPECT_EQ(medium->store().last(), at(3, 1));
  EXPECT_THAT(lasting_content(*medium).entries, IsEmpty());
}

TEST_P(LogContract, BeginsAnewAfterAReceivedSnapshot) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries()}).ok());
  ASSERT_TRUE(write(*medium, {{.restart_at = at(100, 2)}}).ok());
  EXPECT_EQ(medium->store().base(), at(100, 2));
  EXPECT_EQ(medium->store().last(), at(100, 2));
  const LogModel content = lasting_content(*medium);
  EXPECT_THAT(content.entries, IsEmpty());
  EXPECT_EQ(content.base, at(100, 2));
  EXPECT_EQ(content.hard_state, (HardState{Term(2), NodeId(3)}));
  ASSERT_TRUE(write(*medium, {{.entries = {entry(101, 2)}}}).ok());
  EXPECT_THAT(lasting_content(*medium).entries, ElementsAre(entry(101, 2)));
}

TEST_P(LogContract, ForgetsWhatASnapshotHolds) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries()}).ok());
  ASSERT_TRUE(write(*medium, {{.compact_to = at(3, 1)}}).ok());
  const LogModel content = lasting_content(*medium);
  EXPECT_EQ(content.base, at(3, 1));
  EXPECT_THAT(content.entries, ElementsAre(entry(4, 2), entry(5, 2)));
  ASSERT_TRUE(write(*medium, {{.entries = {entry(6, 2)}}}).ok());
  EXPECT_EQ(medium->store().last(), at(6, 2));
}

TEST_P(LogContract, RemembersItsLastTermWhenEverythingIsCompacted) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries()}).ok());
  ASSERT_TRUE(write(*medium, {{.compact_to = at(5, 2)}}).ok());
  EXPECT_THAT(lasting_content(*medium).entries, IsEmpty());
  EXPECT_EQ(medium->store().last(), at(5, 2));
  ASSERT_TRUE(write(*medium, {{.compact_to = at(5, 2)}}).ok()) << "compacting to the base changes nothing";
  EXPECT_EQ(medium->store().base(), at(5, 2));
}

TEST_P(LogContract, ReadsAsManyEntriesAsFitButAtLeastOne) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {{.entries = {entry(1, 1, 100), entry(2, 1, 100), entry(3, 1, 100)}}}).ok());
  const auto read = [&](std::uint64_t first, std::size_t bytes_max) {
    std::vector<std::uint64_t> found;
    const auto entries = medium->store().read(Index(first), bytes_max).value();
    for (const Entry& e : entries) found.push_back(e.index.value());
    return found;
  };
  EXPECT_THAT(read(1, 300), ElementsAre(1, 2, 3));
  EXPECT_THAT(read(1, 299), ElementsAre(1, 2));
  EXPECT_THAT(read(2, 100), ElementsAre(2));
  EXPECT_THAT(read(2, 0), ElementsAre(2)) << "at least one, however large";
  EXPECT_THAT(read(3, no_limit), ElementsAre(3));
  EXPECT_THAT(read(4, no_limit), IsEmpty());
  EXPECT_THAT(read(400, no_limit), IsEmpty());
}

TEST_P(LogContract, ChangesNothingWhenThereIsNoRoomAndSucceedsWhenThereIs) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries()}).ok());
  const LogModel before = observe(medium->store()).value();
  // More than any slack that a file may have left.
  const LogWrite large = {.hard_state = HardState{Term(3), NodeId(1)},
                          .truncate_from = Index(5),
                          .entries = {entry(5, 3, 8 << 20), entry(6, 3)}};
  medium->set_full(true);
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto refused = write(*medium, {large});
    ASSERT_FALSE(refused.ok());
    ASSERT_EQ(refused.error().fault, Fault::no_space) << refused.error().what;
    ASSERT_EQ(observe(medium->store()).value(), before);
  }
  medium->set_full(false);
  ASSERT_TRUE(write(*medium, {large}).ok());
  LogModel after = before;
  after.carry_out(large);
  EXPECT_EQ(lasting_content(*medium), after);
}

TEST_P(LogContract, ChangesNothingWhenThereIsNoRoomAndTheProcessDies) {
  const auto medium = new_medium(1);
  ASSERT_TRUE(write(*medium, {five_entries()}).ok());
  const LogModel before = observe(medium->store()).value();
  medium->set_full(true);
  ASSERT_FALSE(write(*medium, {{.entries = {entry(6, 2, 8 << 20)}}}).ok());
  medium->set_full(false);
  EXPECT_EQ(lasting_content(*medium), before);
}

TEST_P(LogContract, IsBrokenOnceAWriteOrASyncHasFailed) {
  for (const auto call : {LogMedium::Call::write, LogMedium::Call::sync}) {
    const auto medium = new_medium(1);
    ASSERT_TRUE(write(*medium, {five_entries()}).ok());
    const LogModel before = observe(medium->store()).value();
    LogModel after = before;
    const LogWrite lost = {.entries = {entry(6, 2)}};
    after.carry_out(lost);
    medium->fail_next(call);
    const auto failed = write(*medium, {lost});
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().fault, Fault::failed);
    for (int attempt = 0; attempt < 2; ++attempt) {
      EXPECT_FALSE(write(*medium, {lost}).ok()) << "it must never try again";
      EXPECT_FALSE(medium->store().read(Index(1), no_limit).ok());
    }
    ASSERT_TRUE(medium->reopen_after_power_loss().ok());
    EXPECT_THAT(observe(medium->store()).value(), ::testing::AnyOf(before, after));
  }
}

}  // namespace vow::storage
