#include "coordinator/node/boot.h"

#include <gtest/gtest.h>

#include "storage/file_snapshot_store.h"
#include "storage/memory_log_store.h"
#include "tests/node/journal_machine.h"
#include "tests/support/faulty_disk.h"

namespace vow::node {
namespace {

using storage::Fault;
using storage::LogPosition;
using storage::LogWrite;

LogPosition at(std::uint64_t index, std::uint64_t term) { return {Index(index), Term(term)}; }

class Boot : public ::testing::Test {
 protected:
  static raft::Configuration members() { return {.voters = {NodeId(1), NodeId(2), NodeId(3)}}; }

  void append(std::uint64_t from, std::uint64_t to, std::uint64_t term) {
    LogWrite write;
    write.hard_state = storage::HardState{Term(term), NodeId(1)};
    for (std::uint64_t i = from; i <= to; ++i) {
      write.entries.push_back({Index(i), Term(term), storage::EntryKind::command, Payload("x")});
    }
    ASSERT_TRUE(log.write(std::span(&write, 1)).ok());
  }
  void snapshot(LogPosition position, const std::string& content) {
    auto writer = snapshots->begin(position, raft::encode(members()));
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE((*writer)->append(content).ok());
    ASSERT_TRUE((*writer)->finish().ok());
  }

  vow::testing::FaultyDisk disk{Random(1)};
  std::unique_ptr<storage::SnapshotStore> snapshots = *storage::FileSnapshotStore::open_on(disk);
  storage::MemoryLogStore log{{CellId(1), NodeId(1)}};
  JournalMachine machine;
};

TEST_F(Boot, ADiskThatWasNeverGivenABeginningIsRefused) {
  const auto restored = recover(log, *snapshots, machine);
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().fault, Fault::absent);
}

TEST_F(Boot, ANewNodeBeginsWithItsFirstMembers) {
  ASSERT_TRUE(bootstrap(*snapshots, machine, members()).ok());
  const auto restored = recover(log, *snapshots, machine);
  ASSERT_TRUE(restored.ok()) << restored.error().what;
  EXPECT_EQ(restored->configuration, members());
  EXPECT_EQ(restored->snapshot, at(1, 1)) << "where no node that is added later begins";
  EXPECT_TRUE(restored->entries.empty());
}

TEST_F(Boot, ANodeThatIsAddedLaterBeginsBeforeThem) {
  ASSERT_TRUE(bootstrap(*snapshots, machine, {}).ok());
  const auto restored = recover(log, *snapshots, machine);
  ASSERT_TRUE(restored.ok()) << restored.error().what;
  EXPECT_EQ(restored->snapshot, at(0, 0));
}

TEST_F(Boot, ADiskThatBelongsToANodeIsNotGivenASecondBeginning) {
  ASSERT_TRUE(bootstrap(*snapshots, machine, members()).ok());
  const auto again = bootstrap(*snapshots, machine, {});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().fault, Fault::wrong_identity);
}

TEST_F(Boot, FindsTheStateAndTheLogBehindIt) {
  append(1, 9, 2);
  snapshot(at(5, 2), "state at 5");
  const auto restored = recover(log, *snapshots, machine);
  ASSERT_TRUE(restored.ok()) << restored.error().what;
  EXPECT_EQ(machine.journal(), std::vector<std::string>{"state at 5"});
  EXPECT_EQ(restored->snapshot, at(5, 2));
  EXPECT_EQ(restored->log_base, at(0, 0));
  EXPECT_EQ(restored->entries.size(), 9U);
  EXPECT_EQ(restored->hard_state, (storage::HardState{Term(2), NodeId(1)}));
}

// The crash came after a received snapshot was installed and before the log was restarted behind it.
TEST_F(Boot, ALogThatEndsBeforeTheSnapshotIsRestartedThere) {
  append(1, 3, 1);
  snapshot(at(10, 4), "state at 10");
  const auto restored = recover(log, *snapshots, machine);
  ASSERT_TRUE(restored.ok()) << restored.error().what;
  EXPECT_EQ(restored->log_base, at(10, 4));
  EXPECT_TRUE(restored->entries.empty());
  EXPECT_EQ(log.base(), at(10, 4)) << "durably";
  EXPECT_EQ(restored->hard_state.term, Term(4)) << "its entries' term may be newer than the term on disk";
  EXPECT_TRUE(restored->hard_state.vote.is_zero());
}

TEST_F(Boot, ALogThatContradictsTheSnapshotIsRestartedToo) {
  append(1, 20, 1);
  snapshot(at(10, 4), "state at 10");
  const auto restored = recover(log, *snapshots, machine);
  ASSERT_TRUE(restored.ok()) << restored.error().what;
  EXPECT_EQ(restored->log_base, at(10, 4));
  EXPECT_TRUE(restored->entries.empty()) << "what lies beyond was never committed";
}

TEST_F(Boot, ALogThatBeginsAfterTheSnapshotHasLostSomething) {
  append(1, 9, 2);
  snapshot(at(3, 2), "state at 3");
  LogWrite compact;
  compact.compact_to = at(6, 2);
  ASSERT_TRUE(log.write(std::span(&compact, 1)).ok());
  const auto restored = recover(log, *snapshots, machine);
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().fault, Fault::damaged);
}

TEST_F(Boot, ASnapshotOfAnotherMachineIsRefused) {
  snapshot(at(1, 1), "nonsense");
  const auto restored = recover(log, *snapshots, machine);
  ASSERT_FALSE(restored.ok());
  EXPECT_EQ(restored.error().fault, Fault::damaged);
}

}  // namespace
}  // namespace vow::node
