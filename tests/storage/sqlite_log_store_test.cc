#include "storage/sqlite_log_store.h"

#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "coordinator/base/bytes.h"
#include "coordinator/base/checksum.h"
#include "storage/posix_disk.h"
#include "storage/wal_scan.h"
#include "tests/storage/log_contract.h"
#include "tests/storage/log_model.h"
#include "tests/storage/sqlite_medium.h"

namespace vow::storage {
namespace {

using testing::FaultyDisk;

constexpr Identity identity{CellId(7), NodeId(11)};

INSTANTIATE_TEST_SUITE_P(Sqlite, LogContract,
                         ::testing::Values(LogForm{
                             "OnAFaultyDisk",
                             [](std::uint64_t seed) { return std::make_unique<SqliteMedium>(seed); }}),
                         name_of_form);

class SqliteLog : public ::testing::Test {
 protected:
  SqliteLog() {
    EXPECT_TRUE(medium_.create(identity).ok());
    write({.hard_state = HardState{Term(3), NodeId(11)}});
  }

  void write(const LogWrite& what) {
    const auto written = medium_.store().write({&what, 1});
    ASSERT_TRUE(written.ok()) << written.error().what;
    content_.carry_out(what);
  }
  void append(std::size_t count, std::size_t bytes = 20) {
    for (std::size_t i = 0; i < count; ++i) write({.entries = {next_entry(bytes)}});
  }
  [[nodiscard]] Entry next_entry(std::size_t bytes = 20) const {
    return entry(content_.last().index.value() + 1, 3, bytes);
  }
  // Removes the file behind the closed store.
  void lose_file(const char* name) {
    medium_.close();
    ASSERT_TRUE(disk().remove(name).ok());
  }
  FaultyDisk& disk() { return medium_.disk(); }
  Fault fault_of_opening(Identity whose = identity) {
    medium_.close();
    const auto opened = SqliteLogStore::open(medium_.place(), whose);
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? Fault::no_space : opened.error().fault;
  }

  // Behind the back of the store, which is closed.
  void run_sql(const std::string& sql) {
    medium_.close();
    auto connection = Connection::open(log_database_name, SQLITE_OPEN_READWRITE, medium_.place().vfs);
    ASSERT_TRUE(connection.ok()) << connection.error().what;
    sqlite3_db_config((*connection)->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    const auto done = (*connection)->run(("PRAGMA locking_mode=EXCLUSIVE;" + sql).c_str());
    ASSERT_TRUE(done.ok()) << done.error().what;
  }
  void overwrite(const char* name, std::uint64_t at, std::string_view bytes) {
    auto file = disk().open(name, Disk::Open::existing);
    ASSERT_TRUE((*file)->write(at, bytes).ok());
  }
  // Everything is in the database, and the write-ahead log as good as new.
  void copy_everything_to_the_database() {
    run_sql("PRAGMA wal_checkpoint");
    overwrite(log_wal_name, 0, std::string(small_geometry.wal_bytes, '\0'));
  }
  // As a power loss may leave it.
  [[nodiscard]] std::string witness() { return std::string(*disk().peek(log_witness_name)); }

  SqliteMedium medium_{5};
  LogModel content_;
};

TEST_F(SqliteLog, IsCreatedOnce) {
  medium_.close();
  EXPECT_FALSE(SqliteLogStore::create(medium_.place(), identity).ok());
  ASSERT_TRUE(medium_.reopen_after_crash().ok());
  EXPECT_EQ(observe(medium_.store()).value(), content_);
}

TEST_F(SqliteLog, IsAbsentWhereNoneWasCreated) {
  FaultyDisk empty{Random(1)};
  const auto opened = SqliteLogStore::open({empty, "", medium_.place().vfs}, identity);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().fault, Fault::absent);
}

TEST_F(SqliteLog, OpensOnlyForWhomItBelongsTo) {
  EXPECT_EQ(fault_of_opening({CellId(8), NodeId(11)}), Fault::wrong_identity);
  EXPECT_EQ(fault_of_opening({CellId(7), NodeId(12)}), Fault::wrong_identity);
}

TEST_F(SqliteLog, IsUsedByOneAtATime) {
  const auto second = SqliteLogStore::open(medium_.place(), identity);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().fault, Fault::failed);
  EXPECT_THAT(second.error().what, ::testing::HasSubstr("another vow"));
  append(1);
  EXPECT_EQ(observe(medium_.store()).value(), content_) << "and the first is not disturbed";
}

TEST_F(SqliteLog, MissesAFileThatIsGone) {
  append(3);
  for (const char* name : {log_database_name, log_wal_name, log_witness_name}) {
    FaultyDisk copy{Random(1)};
    copy.copy_from(disk());
    lose_file(name);
    EXPECT_EQ(fault_of_opening(), Fault::damaged) << name;
    EXPECT_FALSE(SqliteLogStore::create(medium_.place(), identity).ok())
        << name << ": a new log would hide the loss";
    ASSERT_TRUE(medium_.open_copy_of(copy, identity).ok());
  }
}

TEST_F(SqliteLog, MissesTheEndOfAFile) {
  append(10, 100);
  for (const char* name : {log_database_name, log_wal_name, log_witness_name}) {
    FaultyDisk copy{Random(1)};
    copy.copy_from(disk());
    for (const std::uint64_t left : {0u, 1u, 512u}) {
      medium_.close();
      auto file = disk().open(name, Disk::Open::existing);
      if ((*file)->size().value() <= left) continue;
      ASSERT_TRUE((*file)->truncate(left).ok());
      const auto opened = SqliteLogStore::open(medium_.place(), identity);
      // One sector of the witness is enough: the other is there in case a write of the first is cut short.
      if (name == std::string(log_witness_name) && left == 512) continue;
      ASSERT_FALSE(opened.ok()) << name << " of " << left << " bytes";
      EXPECT_EQ(opened.error().fault, Fault::damaged) << name << " of " << left << " bytes";
      ASSERT_TRUE(medium_.open_copy_of(copy, identity).ok());
    }
    ASSERT_TRUE(medium_.open_copy_of(copy, identity).ok());
  }
}

// To SQLite this is a torn tail, and it opens cleanly without the last commit.
TEST_F(SqliteLog, MissesALastCommitThatWasDamaged) {
  append(4);
  medium_.close();
  auto wal = disk().open(log_wal_name, Disk::Open::existing);
  const WalScan scan = scan_wal(**wal, small_geometry.page_bytes).value();
  disk().flip_bit(log_wal_name, scan.end * 8 - 1);
  EXPECT_EQ(scan_wal(**wal, small_geometry.page_bytes).value().commits, scan.commits - 1)
      << "the scan cannot know; the witness does";
  EXPECT_EQ(fault_of_opening(), Fault::damaged);
}

TEST_F(SqliteLog, MissesEarlierCommitsThatWereDamagedEvenWithAnOldWitness) {
  append(4);
  const std::string old = witness();
  append(3);
  medium_.close();
  overwrite(log_witness_name, 0, old);
  disk().flip_bit(log_wal_name, 100 * 8);
  EXPECT_EQ(fault_of_opening(), Fault::damaged);
}

TEST_F(SqliteLog, MissesWhatADamagedHeaderHidesEvenWithAnOldWitness) {
  copy_everything_to_the_database();
  ASSERT_TRUE(medium_.open().ok());
  const std::string old = witness();
  append(4);
  medium_.close();
  overwrite(log_witness_name, 0, old);
  disk().flip_bit(log_wal_name, 20 * 8);
  EXPECT_EQ(fault_of_opening(), Fault::damaged);
}

TEST_F(SqliteLog, MissesARowThatIsGone) {
  append(5);
  run_sql("DELETE FROM runs WHERE last = 3");
  EXPECT_EQ(fault_of_opening(), Fault::damaged);
}

// The old row has the right index and checksum, but belongs to a history that was given up.
TEST_F(SqliteLog, MissesARowThatAnOlderOneHasReplaced) {
  append(3);
  const std::vector<Entry> old = medium_.store().read(Index(3), 1).value();
  write({.truncate_from = Index(2)});
  append(3);
  const std::string record = encode_run(old, 0).record;
  std::string hex;
  for (const char byte : record) hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  run_sql("UPDATE runs SET record = x'" + hex + "' WHERE last = 3");
  EXPECT_EQ(fault_of_opening(), Fault::damaged);
}

TEST_F(SqliteLog, RefusesAHeaderThatIsNotItsOwn) {
  append(2);
  copy_everything_to_the_database();
  overwrite(log_database_name, 18, "\x01\x01");  // no longer in the mode that reads a write-ahead log
  EXPECT_EQ(fault_of_opening(), Fault::damaged);
}

// A free page that is free twice, or not known to be, would be handed out over live entries later on.
TEST_F(SqliteLog, RefusesADatabaseWhosePagesAreNotAllAccountedFor) {
  append(2);
  copy_everything_to_the_database();
  overwrite(log_database_name, 36, std::string("\0\0\0\1", 4));  // the count of free pages
  EXPECT_EQ(fault_of_opening(), Fault::damaged);
}

TEST_F(SqliteLog, LeavesNothingOfATransactionThatFoundNoRoom) {
  append(2);
  disk().set_full(true);
  const LogWrite large{.entries = {next_entry(40'000)}};
  ASSERT_EQ(medium_.store().write({&large, 1}).error().fault, Fault::no_space);
  disk().set_full(false);
  append(1);
  auto wal = disk().open(log_wal_name, Disk::Open::existing);
  EXPECT_FALSE(scan_wal(**wal, small_geometry.page_bytes)->has_torn_tail)
      << "with the next torn tail it would look like damage";
}

// The sync failed, so the batch was refused; but the page cache has it. Once an opening has shown it, it must
// last.
TEST_F(SqliteLog, MakesDurableWhatAnOpeningHasFound) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const LogWrite refused{.entries = {next_entry()}};
    medium_.fail_next(LogMedium::Call::sync);
    ASSERT_FALSE(medium_.store().write({&refused, 1}).ok());
    ASSERT_TRUE(medium_.reopen_after_crash().ok());
    const LogModel found = observe(medium_.store()).value();
    disk().lose_power(FaultyDisk::PowerLoss::drop_all);
    medium_.close();
    ASSERT_TRUE(medium_.open().ok());
    ASSERT_EQ(observe(medium_.store()).value(), found) << "attempt " << attempt;
    content_ = found;
  }
  EXPECT_GT(content_.entries.size(), 0u) << "the page cache never had it: the test is blind";
}

TEST_F(SqliteLog, KeepsItsFilesSmall) {
  std::uint64_t bytes_at_half = 0;
  for (int i = 0; i < 6000; ++i) {
    LogWrite both{.entries = {next_entry(400)}};
    if (content_.entries.size() == 40) both.compact_to = content_.entries[29].position();
    write(both);
    if (i == 3000) bytes_at_half = disk().bytes_used();
  }
  EXPECT_GT(medium_.sqlite_store().figures().checkpoints, 100u);
  EXPECT_LE(disk().bytes_used(), bytes_at_half + (256u << 10)) << "garbage piles up";
  EXPECT_LE(disk().peek(log_wal_name)->size(), small_geometry.wal_bytes);
}

TEST_F(SqliteLog, ShrinksAWriteAheadLogThatALargeBatchHasGrown) {
  append(1, 200'000);
  EXPECT_GT(disk().peek(log_wal_name)->size(), 200'000u);
  append(2);
  EXPECT_EQ(disk().peek(log_wal_name)->size(), small_geometry.wal_bytes);
}

TEST_F(SqliteLog, GoesOnWithoutACheckpointWhileTheDatabaseHasNoRoom) {
  disk().set_capacity(disk().bytes_used() + (8u << 10));
  LogWrite refused;
  for (;;) {
    refused = {.entries = {next_entry(300)}};
    const auto written = medium_.store().write({&refused, 1});
    if (!written.ok()) {
      EXPECT_EQ(written.error().fault, Fault::no_space);
      break;
    }
    content_.carry_out(refused);
  }
  EXPECT_GT(medium_.sqlite_store().figures().checkpoints_without_room, 0u);
  EXPECT_EQ(observe(medium_.store()).value(), content_);
  disk().heal();
  write(refused);
  append(100);
  ASSERT_TRUE(medium_.reopen_after_power_loss().ok());
  EXPECT_EQ(observe(medium_.store()).value(), content_);
}

// SQLite's own file system, with its own locks.
class SqliteLogOnARealDisk : public ::testing::Test {
 protected:
  SqliteLogOnARealDisk() {
    std::filesystem::create_directories(directory_);
    disk_ = std::move(*PosixDisk::open_directory(directory_));
  }
  ~SqliteLogOnARealDisk() override { std::filesystem::remove_all(directory_); }
  [[nodiscard]] LogPlace place() { return {*disk_, directory_ + "/"}; }

  std::string directory_ = ::testing::TempDir() + "vow_sqlite_log." + std::to_string(::getpid());
  std::unique_ptr<PosixDisk> disk_;
};

TEST_F(SqliteLogOnARealDisk, EqualsItsModelThroughRandomHistories) {
  ASSERT_TRUE(SqliteLogStore::create(place(), identity, small_geometry).ok());
  auto store = SqliteLogStore::open(place(), identity);
  ASSERT_TRUE(store.ok()) << store.error().what;
  LogModel model;
  Random random(3);
  for (int turn = 0; turn < 200; ++turn) {
    const std::vector<LogWrite> batch = random_batch(random, model);
    ASSERT_TRUE((*store)->write(batch).ok());
    for (const LogWrite& write : batch) model.carry_out(write);
    if (random.chance(0.2)) {
      store->reset();
      store = SqliteLogStore::open(place(), identity);
      ASSERT_TRUE(store.ok()) << store.error().what;
    }
    ASSERT_EQ(observe(**store).value(), model);
  }
}

TEST_F(SqliteLogOnARealDisk, IsUsedByOneAtATime) {
  ASSERT_TRUE(SqliteLogStore::create(place(), identity).ok());
  const auto first = SqliteLogStore::open(place(), identity);
  ASSERT_TRUE(first.ok()) << first.error().what;
  const auto second = SqliteLogStore::open(place(), identity);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().what, ::testing::HasSubstr("another vow"));
}

TEST(LogRecords, RefuseAVersionFromTheFuture) {
  std::string record = encode_state({});
  record[0] = 2;
  record.resize(record.size() - sizeof(std::uint64_t));
  ByteWriter sum;
  sum.u64(checksum(record));
  EXPECT_EQ(decode_state(record + sum.view()).error().fault, Fault::wrong_version);
}

TEST(LogRecords, TakeAFlippedVersionForDamage) {
  std::string record = encode_state({});
  record[0] ^= 2;
  EXPECT_EQ(decode_state(record).error().fault, Fault::damaged);
}

}  // namespace
}  // namespace vow::storage
