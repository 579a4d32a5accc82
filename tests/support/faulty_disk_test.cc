#include "tests/support/faulty_disk.h"

#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/disk_calls.h"

namespace vow::testing {
namespace {

using storage::Disk;
using storage::Fault;
using ::testing::ElementsAre;

// The contents of "a" that one seed or another makes of a power loss after these calls.
std::set<std::string> outcomes(const std::function<void(FaultyDisk&)>& calls) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    FaultyDisk disk{Random(seed)};
    calls(disk);
    disk.lose_power();
    seen.insert(content(disk, "a"));
  }
  return seen;
}

void create_durably(FaultyDisk& disk, const std::string& name, std::string_view bytes) {
  const auto file = create(disk, name);
  ASSERT_TRUE(file->write(0, bytes).ok());
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(disk.sync_directory().ok());
}

TEST(FaultyDisk, KeepsWhatWasSyncedThroughAPowerLoss) {
  EXPECT_THAT(outcomes([](FaultyDisk& disk) { create_durably(disk, "a", "safe"); }), ElementsAre("safe"));
}

TEST(FaultyDisk, KeepsEverythingWrittenWhenOnlyTheProcessDies) {
  FaultyDisk disk{Random(1)};
  const auto file = create(disk, "a");
  ASSERT_TRUE(file->write(0, "cached").ok());
  disk.crash_process();
  EXPECT_EQ(content(disk, "a"), "cached");
  EXPECT_EQ(fault_of(file->read(0, 1)), Fault::failed) << "the dead process's file must be of no use";
}

TEST(FaultyDisk, MayLoseANameWhoseDirectoryWasNotSynced) {
  const auto synced_file_only = [](FaultyDisk& disk) {
    const auto file = create(disk, "a");
    ASSERT_TRUE(file->write(0, "x").ok());
    ASSERT_TRUE(file->sync().ok());
  };
  EXPECT_THAT(outcomes(synced_file_only), ElementsAre("no file", "x"));
}

TEST(FaultyDisk, MayLoseARenameWhoseDirectoryWasNotSynced) {
  const auto rename_only = [](FaultyDisk& disk) {
    create_durably(disk, "a", "old");
    create_durably(disk, "b", "new");
    ASSERT_TRUE(disk.rename("b", "a").ok());
  };
  EXPECT_THAT(outcomes(rename_only), ElementsAre("new", "old"));
}

TEST(FaultyDisk, LosesUnsyncedSectorsOneByOneButNeverSplitsOne) {
  const std::string old(1024, 'o');
  const auto overwrite = [&](FaultyDisk& disk) {
    create_durably(disk, "a", old);
    ASSERT_TRUE(disk.open("a", Disk::Open::existing).value()->write(500, std::string(24, 'n')).ok());
  };
  const std::string first = old.substr(0, 500) + std::string(12, 'n') + old.substr(512);
  const std::string second = old.substr(0, 512) + std::string(12, 'n') + old.substr(524);
  const std::string both = old.substr(0, 500) + std::string(24, 'n') + old.substr(524);
  EXPECT_EQ(outcomes(overwrite), (std::set<std::string>{old, first, second, both}));
}

TEST(FaultyDisk, KeepsSizeAndContentOfAnExtensionIndependently) {
  const auto extend = [](FaultyDisk& disk) {
    create_durably(disk, "a", "1");
    ASSERT_TRUE(disk.open("a", Disk::Open::existing).value()->write(1, "2").ok());
  };
  EXPECT_EQ(outcomes(extend), (std::set<std::string>{"1", "12", std::string("1\0", 2)}));
}

TEST(FaultyDisk, MayUndoATruncation) {
  const auto cut = [](FaultyDisk& disk) {
    create_durably(disk, "a", "whole");
    ASSERT_TRUE(disk.open("a", Disk::Open::existing).value()->truncate(1).ok());
  };
  EXPECT_THAT(outcomes(cut), ElementsAre("w", "whole"));
}

TEST(FaultyDisk, DropsOrKeepsEverythingIfAsked) {
  for (const auto& [how, expected] : {std::pair(FaultyDisk::PowerLoss::drop_all, "old"),
                                      std::pair(FaultyDisk::PowerLoss::keep_all, "new")}) {
    FaultyDisk disk{Random(1)};
    create_durably(disk, "a", "old");
    ASSERT_TRUE(disk.open("a", Disk::Open::existing).value()->write(0, "new").ok());
    disk.lose_power(how);
    EXPECT_EQ(content(disk, "a"), expected);
  }
}

TEST(FaultyDisk, SyncsNothingAfterASyncFailedHoweverOftenItIsAsked) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    FaultyDisk disk{Random(seed)};
    create_durably(disk, "a", "old");
    const auto file = disk.open("a", Disk::Open::existing).value();
    ASSERT_TRUE(file->write(0, "new").ok());
    disk.inject(Trouble::sync_error);
    ASSERT_EQ(fault_of(file->sync()), Fault::failed);
    ASSERT_TRUE(file->sync().ok());
    const std::string before = content(disk, "a");
    disk.lose_power();
    seen.insert(before + ", then " + content(disk, "a"));
  }
  EXPECT_THAT(seen, ElementsAre("new, then new", "new, then old", "old, then old"));
}

TEST(FaultyDisk, SyncsALaterWriteAlsoAfterASyncFailed) {
  const auto write_again = [](FaultyDisk& disk) {
    create_durably(disk, "a", "old");
    const auto file = disk.open("a", Disk::Open::existing).value();
    ASSERT_TRUE(file->write(0, "new").ok());
    disk.inject(Trouble::sync_error);
    ASSERT_FALSE(file->sync().ok());
    ASSERT_TRUE(file->write(0, "now").ok());
    ASSERT_TRUE(file->sync().ok());
  };
  EXPECT_THAT(outcomes(write_again), ElementsAre("now"));
}

TEST(FaultyDisk, SyncsNoNameAfterADirectorySyncFailed) {
  const auto sync_again = [](FaultyDisk& disk) {
    const auto file = create(disk, "a");
    ASSERT_TRUE(file->sync().ok());
    disk.inject(Trouble::directory_sync_error);
    ASSERT_FALSE(disk.sync_directory().ok());
    ASSERT_TRUE(disk.sync_directory().ok());
  };
  EXPECT_THAT(outcomes(sync_again), ElementsAre("", "no file"));
}

TEST(FaultyDisk, MayWriteAPartBeforeItFails) {
  std::set<std::size_t> sizes;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    FaultyDisk disk{Random(seed)};
    const auto file = create(disk, "a");
    disk.inject(Trouble::write_error);
    EXPECT_EQ(fault_of(file->write(0, "abc")), Fault::failed);
    sizes.insert(content(disk, "a").size());
  }
  EXPECT_THAT(sizes, ElementsAre(0, 1, 2, 3));
}

TEST(FaultyDisk, RefusesToGrowButNotToOverwriteWhenItIsFull) {
  FaultyDisk disk{Random(1)};
  const auto file = create(disk, "a");
  ASSERT_TRUE(file->write(0, "abc").ok());
  disk.set_full(true);
  EXPECT_EQ(fault_of(file->write(3, "d")), Fault::no_space);
  EXPECT_EQ(fault_of(disk.open("b", Disk::Open::create)), Fault::no_space);
  EXPECT_TRUE(file->write(0, "ABC").ok());
  disk.heal();
  EXPECT_TRUE(file->write(3, "d").ok());
  EXPECT_EQ(content(disk, "a"), "ABCd");
}

TEST(FaultyDisk, CountsItsCapacityOverAllFiles) {
  FaultyDisk disk{Random(1)};
  disk.set_capacity(10);
  const auto a = create(disk, "a");
  const auto b = create(disk, "b");
  ASSERT_TRUE(a->write(0, "123456").ok());
  EXPECT_TRUE(b->write(0, "1234").ok());
  EXPECT_EQ(fault_of(b->write(4, "5")), Fault::no_space);
  ASSERT_TRUE(a->truncate(5).ok());
  EXPECT_TRUE(b->write(4, "5").ok());
}

TEST(FaultyDisk, ShortensReadsAndFailsThemWhenAsked) {
  FaultyDisk disk{Random(1)};
  const auto file = create(disk, "a");
  ASSERT_TRUE(file->write(0, "abc").ok());
  disk.inject(Trouble::short_read, 1);
  EXPECT_EQ(file->read(0, 3).value(), "abc") << "spared";
  EXPECT_LT(file->read(0, 3).value().size(), 3u);
  disk.inject(Trouble::read_error);
  EXPECT_EQ(fault_of(file->read(0, 3)), Fault::failed);
  EXPECT_EQ(file->read(0, 3).value(), "abc");
}

TEST(FaultyDisk, DiesAtTheStepAskedForAndStaysDead) {
  FaultyDisk disk{Random(1)};
  const auto file = create(disk, "a");
  disk.halt_after(1);
  EXPECT_TRUE(file->write(0, "1").ok());
  EXPECT_FALSE(file->sync().ok());
  EXPECT_TRUE(disk.halted());
  EXPECT_FALSE(disk.open("a", Disk::Open::existing).ok());
  disk.crash_process();
  EXPECT_EQ(content(disk, "a"), "1");
}

TEST(FaultyDisk, FlipsTheBitAskedFor) {
  FaultyDisk disk{Random(1)};
  create_durably(disk, "a", "ab");
  disk.flip_bit("a", 9);
  EXPECT_EQ(content(disk, "a"), std::string("a") + static_cast<char>('b' ^ 2));
}

TEST(FaultyDisk, CopiesShareNothingWithTheOriginal) {
  FaultyDisk original{Random(1)};
  create_durably(original, "a", "then");
  FaultyDisk copy{Random(2)};
  copy.copy_from(original);
  ASSERT_TRUE(original.open("a", Disk::Open::existing).value()->write(0, "now!").ok());
  copy.lose_power();
  EXPECT_EQ(content(copy, "a"), "then");
  EXPECT_EQ(content(original, "a"), "now!");
}

TEST(FaultyDisk, IsRepeatable) {
  const auto run = [](std::uint64_t seed) {
    FaultyDisk disk{Random(seed)};
    disk.set_rate(Trouble::write_error, 0.3);
    const auto file = create(disk, "a");
    for (std::uint64_t i = 0; i < 100; ++i)
      (void)file->write(i * 100, std::string(300, static_cast<char>(i)));
    disk.lose_power();
    return content(disk, "a");
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST(FaultyDisk, TellsWhatItCountedAndWhatWasSynced) {
  FaultyDisk disk{Random(1)};
  std::vector<std::string> synced;
  disk.on_sync([&](const std::string& name) { synced.push_back(name); });
  create_durably(disk, "a", "12345");
  EXPECT_THAT(synced, ElementsAre("a", ""));
  EXPECT_EQ(disk.counters().steps, 4u);
  EXPECT_EQ(disk.counters().writes, 1u);
  EXPECT_EQ(disk.counters().bytes_written, 5u);
  EXPECT_EQ(disk.counters().syncs, 1u);
  EXPECT_EQ(disk.counters().directory_syncs, 1u);
  EXPECT_EQ(disk.bytes_used(), 5u);
}

}  // namespace
}  // namespace vow::testing
