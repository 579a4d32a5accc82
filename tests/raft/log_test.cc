#include "coordinator/raft/log.h"

#include <gtest/gtest.h>

#include "coordinator/base/limits.h"
#include "coordinator/base/random.h"

namespace vow::raft {
namespace {

Entry entry(std::uint64_t index, std::uint64_t term, std::size_t bytes = 1) {
  return {Index(index), Term(term), EntryKind::command, Payload(std::string(bytes, 'x'))};
}

LogPosition at(std::uint64_t index, std::uint64_t term) { return {Index(index), Term(term)}; }

TEST(Log, WhatIsFoundOnDiskIsDurable) {
  const Log log(at(5, 2), {entry(6, 2), entry(7, 3)});
  EXPECT_EQ(log.last(), at(7, 3));
  EXPECT_EQ(log.stable(), Index(7));
  EXPECT_EQ(log.term_at(Index(5)), Term(2));
  EXPECT_EQ(log.term_at(Index(4)), std::nullopt);
  EXPECT_EQ(log.term_at(Index(8)), std::nullopt);
}

TEST(Log, AnEntryIsDurableOnceItsWriteIsAndNotBefore) {
  Log log({}, {});
  log.append(entry(1, 1));
  const auto first = log.take_unwritten(PersistSeq(1));
  EXPECT_EQ(first.entries.size(), 1U);
  log.append(entry(2, 1));
  const auto second = log.take_unwritten(PersistSeq(2));
  EXPECT_EQ(second.entries.front().index, Index(2));
  EXPECT_EQ(log.stable(), Index(0));
  log.persisted(PersistSeq(1));
  EXPECT_EQ(log.stable(), Index(1));
  log.persisted(PersistSeq(2));
  EXPECT_EQ(log.stable(), Index(2));
}

TEST(Log, AWriteThatATruncationOvertookMakesOnlyWhatIsLeftDurable) {
  Log log({}, {});
  for (int i = 1; i <= 3; ++i) log.append(entry(i, 1));
  (void)log.take_unwritten(PersistSeq(1));
  log.truncate_from(Index(2));
  log.append(entry(2, 2));
  const auto second = log.take_unwritten(PersistSeq(2));
  EXPECT_EQ(second.truncate_from, Index(2));
  log.persisted(PersistSeq(1));
  EXPECT_EQ(log.stable(), Index(1)) << "entry 2 on the disk is still the old one";
  log.persisted(PersistSeq(2));
  EXPECT_EQ(log.stable(), Index(2));
}

TEST(Log, SaysWhenTheDiskLagsInBytesOrInWrites) {
  Log log({}, {});
  log.append(entry(1, 1, limits::unpersisted_bytes_max + 1));
  EXPECT_TRUE(log.disk_lags());
  (void)log.take_unwritten(PersistSeq(1));
  log.persisted(PersistSeq(1));
  EXPECT_FALSE(log.disk_lags());
  PersistSeq seq(1);
  for (std::size_t i = 0; i <= limits::unpersisted_writes_max; ++i)
    (void)log.take_unwritten(seq = seq.next());
  EXPECT_TRUE(log.disk_lags()) << "writes without bytes take room as well";
  log.persisted(seq);
  EXPECT_FALSE(log.disk_lags());
}

TEST(Log, WhatWasNeverHandedToTheDiskIsCutWithoutTellingIt) {
  Log log({}, {});
  log.append(entry(1, 1));
  (void)log.take_unwritten(PersistSeq(1));
  log.append(entry(2, 1));
  log.truncate_from(Index(2));
  log.append(entry(2, 2));
  const auto write = log.take_unwritten(PersistSeq(2));
  EXPECT_EQ(write.truncate_from, std::nullopt);
  EXPECT_EQ(write.entries.front().term, Term(2));
}

TEST(Log, ARestartForgetsEverything) {
  Log log({}, {entry(1, 1), entry(2, 1)});
  log.append(entry(3, 1));
  log.restart_at(at(10, 4));
  const auto write = log.take_unwritten(PersistSeq(1));
  EXPECT_EQ(write.restart_at, at(10, 4));
  EXPECT_TRUE(write.entries.empty());
  EXPECT_EQ(log.last(), at(10, 4));
  EXPECT_EQ(log.unpersisted_bytes(), 0U);
}

TEST(Log, CompactionKeepsWhatFollowsAndForgetsTheRest) {
  Log log({}, {entry(1, 1), entry(2, 1), entry(3, 2)});
  log.compact(at(2, 1));
  EXPECT_EQ(log.base(), at(2, 1));
  EXPECT_EQ(log.at(Index(3)).term, Term(2));
  EXPECT_EQ(log.term_at(Index(1)), std::nullopt);
  EXPECT_DEATH(log.compact(at(3, 1)), "not in the log");
}

TEST(Log, TheCompactionPointKeepsEntriesForSlowFollowersWithinABound) {
  std::vector<Entry> entries;
  for (int i = 1; i <= 100; ++i) entries.push_back(entry(i, 1, 10));
  const Log log({}, std::move(entries));
  EXPECT_EQ(log.compaction_point(Index(90), 20, 1'000'000), Index(70));
  EXPECT_EQ(log.compaction_point(Index(90), 20, 50), Index(85)) << "five entries of ten bytes";
  EXPECT_EQ(log.compaction_point(Index(90), 1000, 1'000'000), Index(0));
  EXPECT_EQ(log.compaction_point(Index(90), 0, 0), Index(90));
}

TEST(Log, ASliceIsBoundedButNeverEmpty) {
  const Log log({}, {entry(1, 1, 100), entry(2, 1, 100), entry(3, 1, 100)});
  EXPECT_EQ(log.slice(Index(1), Index(3), 10, 10).size(), 1U);
  EXPECT_EQ(log.slice(Index(1), Index(3), 200, 10).size(), 2U);
  EXPECT_EQ(log.slice(Index(1), Index(3), 1000, 2).size(), 2U);
  EXPECT_EQ(log.slice(Index(1), Index(2), 1000, 10).size(), 2U);
}

TEST(Log, FindsWhereAnotherLogMayAgree) {
  const Log log({}, {entry(1, 1), entry(2, 1), entry(3, 4), entry(4, 4)});
  EXPECT_EQ(log.possible_agreement(at(4, 3)), at(2, 1)) << "a log of term 3 has no entry of term 4";
  EXPECT_EQ(log.possible_agreement(at(9, 4)), at(4, 4));
  EXPECT_EQ(log.possible_agreement(at(9, 0)), at(0, 0));
}

TEST(Log, TheLaterTermIsMoreUpToDateAndThenTheLonger) {
  const Log log({}, {entry(1, 1), entry(2, 3)});
  EXPECT_TRUE(log.is_up_to_date(at(2, 3)));
  EXPECT_TRUE(log.is_up_to_date(at(1, 4)));
  EXPECT_FALSE(log.is_up_to_date(at(9, 2)));
  EXPECT_FALSE(log.is_up_to_date(at(1, 3)));
}

// Whatever happens in memory, what the writes leave on a disk that is some writes behind is what `stable`
// claims.
TEST(Log, TheDiskHoldsWhatStableClaims) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Random random(seed);
    Log log({}, {});
    std::vector<Entry> disk;
    LogPosition disk_base;
    std::deque<std::pair<PersistSeq, storage::LogWrite>> writes;
    PersistSeq seq(1);
    std::uint64_t term = 1;
    for (int step = 0; step < 100; ++step) {
      const auto choice = random.below(10);
      if (choice < 4) {
        log.append(entry(log.last().index.value() + 1, term));
      } else if (choice == 4 && log.last().index > log.stable()) {
        log.truncate_from(Index(random.between(log.stable().value() + 1, log.last().index.value())));
        ++term;
      } else if (choice == 5 && log.stable() > log.base().index) {
        const Index to(random.between(log.base().index.value() + 1, log.stable().value()));
        log.compact({to, *log.term_at(to)});
      } else if (choice == 6 && random.chance(0.2)) {
        log.restart_at(at(log.last().index.value() + random.between(1, 5), term));
      } else if (choice == 7 && log.has_unwritten()) {
        writes.emplace_back(seq, log.take_unwritten(seq));
        seq = seq.next();
      } else if (!writes.empty()) {
        const PersistSeq done = writes.front().first;
        const storage::LogWrite write = writes.front().second;
        writes.pop_front();
        if (write.restart_at) {
          disk.clear();
          disk_base = *write.restart_at;
        }
        if (write.truncate_from)
          std::erase_if(disk, [&](auto& e) { return e.index >= *write.truncate_from; });
        disk.insert(disk.end(), write.entries.begin(), write.entries.end());
        if (write.compact_to) {
          std::erase_if(disk, [&](auto& e) { return e.index <= write.compact_to->index; });
          disk_base = *write.compact_to;
        }
        log.persisted(done);
      }
      log.check_invariants();
      for (Index i = std::max(log.base().index, disk_base.index).next(); i <= log.stable(); i = i.next()) {
        const auto found = std::find_if(disk.begin(), disk.end(), [&](auto& e) { return e.index == i; });
        ASSERT_NE(found, disk.end()) << "seed " << seed << " step " << step << " index " << i.value();
        ASSERT_EQ(found->term, *log.term_at(i)) << "seed " << seed << " step " << step;
      }
    }
  }
}

}  // namespace
}  // namespace vow::raft
