#include "storage/wal_scan.h"

#include <gmock/gmock.h>

#include "tests/storage/log_model.h"
#include "tests/storage/sqlite_medium.h"

namespace vow::storage {
namespace {

using testing::FaultyDisk;

constexpr std::uint64_t header_bytes = 32;
constexpr std::uint64_t frame_bytes = 24 + small_geometry.page_bytes;

// A write-ahead log that SQLite wrote: a few commits, and perhaps frames of an older generation behind them.
class WalScanTest : public ::testing::Test {
 protected:
  explicit WalScanTest(const LogGeometry& geometry = small_geometry) : medium_(3, geometry) {}
  void SetUp() override {
    ASSERT_TRUE(medium_.create({CellId(1), NodeId(1)}).ok());
    commit(4);
  }

  void commit(int times) {
    for (int i = 0; i < times; ++i) {
      const LogWrite write{.entries = {entry(++last_, 1, 60)}};
      ASSERT_TRUE(medium_.store().write({&write, 1}).ok());
    }
  }
  // Until the write-ahead log has been begun anew and holds one commit.
  void commit_past_a_checkpoint() {
    const std::uint64_t before = medium_.sqlite_store().figures().checkpoints;
    while (medium_.sqlite_store().figures().checkpoints == before) commit(1);
  }

  std::unique_ptr<File> wal() { return std::move(*medium_.disk().open(log_wal_name, Disk::Open::existing)); }
  Result<WalScan> scan() { return scan_wal(*wal(), small_geometry.page_bytes); }
  void flip(std::uint64_t byte, unsigned bit = 0) { medium_.disk().flip_bit(log_wal_name, byte * 8 + bit); }
  void overwrite(std::uint64_t at, std::string_view bytes) { ASSERT_TRUE(wal()->write(at, bytes).ok()); }

  static std::uint64_t frame_at(std::uint64_t number) { return header_bytes + (number - 1) * frame_bytes; }
  // The frames that end a transaction, up to the end of what is valid.
  std::vector<std::uint64_t> commit_frames() {
    std::vector<std::uint64_t> numbers;
    for (std::uint64_t number = 1; number <= scan()->frames; ++number)
      if (wal()->read(frame_at(number) + 4, 4).value() != std::string(4, '\0')) numbers.push_back(number);
    return numbers;
  }

  SqliteMedium medium_;
  std::uint64_t last_ = 0;
};

// How many frames SQLite takes for valid in a copy of these files.
int frames_recovered_by_sqlite(const FaultyDisk& original) {
  FaultyDisk copy{Random(1)};
  copy.copy_from(original);
  testing::SqliteVfs vfs(copy, 1);
  auto connection = Connection::open(log_database_name, SQLITE_OPEN_READWRITE, vfs.name());
  EXPECT_TRUE((*connection)->run("PRAGMA locking_mode=EXCLUSIVE; SELECT count(*) FROM sqlite_schema").ok());
  int frames = -1;
  sqlite3_wal_checkpoint_v2((*connection)->handle(), "main", SQLITE_CHECKPOINT_PASSIVE, &frames, nullptr);
  return frames;
}

TEST_F(WalScanTest, FindsTheEndWhereSqliteFindsIt) {
  commit_past_a_checkpoint();
  commit(2);
  medium_.close();
  FaultyDisk original{Random(1)};
  original.copy_from(medium_.disk());
  Random random(7);
  std::uint64_t torn = 0;
  for (int i = 0; i < 1500; ++i) {
    medium_.disk().copy_from(original);
    if (i > 0)
      flip(random.below(original.peek(log_wal_name)->size()), static_cast<unsigned>(random.below(8)));
    const auto scanned = scan();
    if (!scanned.ok()) continue;
    torn += scanned->has_torn_tail || scanned->has_torn_header ? 1 : 0;
    ASSERT_EQ(frames_recovered_by_sqlite(medium_.disk()), static_cast<int>(scanned->frames)) << "flip " << i;
  }
  EXPECT_GT(torn, 50u) << "hardly any flip made SQLite stop early: the test is blind";
}

TEST_F(WalScanTest, TakesAFileThatWasNeverWrittenForEmpty) {
  overwrite(0, std::string(small_geometry.wal_bytes, '\0'));
  EXPECT_EQ(scan()->end, 0u);
  ASSERT_TRUE(wal()->truncate(0).ok());
  EXPECT_EQ(scan()->end, 0u);
}

TEST_F(WalScanTest, TakesAHeaderWithoutFramesForEmpty) {
  overwrite(header_bytes, std::string(small_geometry.wal_bytes - header_bytes, '\0'));
  EXPECT_EQ(scan()->frames, 0u);
  EXPECT_FALSE(scan()->has_torn_tail);
}

TEST_F(WalScanTest, PassesOverFramesOfAnOlderGeneration) {
  commit_past_a_checkpoint();
  EXPECT_EQ(scan()->commits, 1u);
  EXPECT_FALSE(scan()->has_torn_tail);
}

TEST_F(WalScanTest, CallsOneCommitBeyondTheEndATornTail) {
  const auto commits = commit_frames();
  flip(frame_at(commits.back()) + 100);
  const auto scanned = scan();
  ASSERT_TRUE(scanned.ok()) << scanned.error().what;
  EXPECT_TRUE(scanned->has_torn_tail);
  EXPECT_EQ(scanned->frames, commits[commits.size() - 2]);
}

TEST_F(WalScanTest, CallsTwoCommitsBeyondTheEndDamage) {
  const auto commits = commit_frames();
  flip(frame_at(commits[commits.size() - 2]) + 100);
  ASSERT_FALSE(scan().ok());
  EXPECT_EQ(scan().error().fault, Fault::damaged);
}

// Long enough for a frame whose header crosses a sector.
class LongWalScanTest : public WalScanTest {
 protected:
  LongWalScanTest() : WalScanTest({.page_bytes = small_geometry.page_bytes, .wal_bytes = 64u << 10}) {}
};

// A power loss may keep one sector of a write and lose the next, so that a frame's header is half of an older
// generation's commit and half of this one's salts.
TEST_F(LongWalScanTest, DoesNotCountACommitThatTwoGenerationsMayHaveMadeTogether) {
  const auto crosses_a_sector = [](std::uint64_t number) {
    return (frame_at(number) + 4) / 512 != (frame_at(number) + 15) / 512;
  };
  commit(25);
  const std::string salts = wal()->read(16, 8).value();
  const std::string commit_mark("\0\0\0\5", 4);
  int crossing = 0, within = 0;
  for (std::uint64_t number = 3; number + 2 < scan()->frames; ++number) {
    FaultyDisk original{Random(1)};
    original.copy_from(medium_.disk());
    for (const std::uint64_t each : {number, number + 1}) {
      overwrite(frame_at(each) + 4, commit_mark + salts);
      flip(frame_at(each) + 30);
    }
    overwrite(frame_at(number + 2), std::string(wal()->size().value() - frame_at(number + 2), '\0'));
    if (crosses_a_sector(number) || crosses_a_sector(number + 1)) {
      ++crossing;
      EXPECT_TRUE(scan().ok()) << "frame " << number;
    } else {
      ++within;
      EXPECT_FALSE(scan().ok()) << "frame " << number;
    }
    medium_.disk().copy_from(original);
  }
  EXPECT_GT(crossing, 0);
  EXPECT_GT(within, 0);
}

TEST_F(WalScanTest, IsNotBlindedByAFlipInTheSalts) {
  const auto commits = commit_frames();
  for (std::uint64_t byte = 8; byte < 16; ++byte) {
    flip(frame_at(commits[commits.size() - 2]) + byte);
    EXPECT_FALSE(scan().ok()) << "byte " << byte;
    flip(frame_at(commits[commits.size() - 2]) + byte);
  }
}

TEST_F(WalScanTest, CallsFramesBehindAHeaderOfZerosDamage) {
  overwrite(0, std::string(header_bytes, '\0'));
  ASSERT_FALSE(scan().ok());
  EXPECT_EQ(scan().error().fault, Fault::damaged);
}

TEST_F(WalScanTest, NamesThePagesThatATornHeaderPutsInDoubt) {
  flip(20);
  const auto scanned = scan();
  ASSERT_TRUE(scanned.ok()) << scanned.error().what;
  EXPECT_TRUE(scanned->has_torn_header);
  EXPECT_EQ(scanned->frames, 0u) << "as SQLite sees it";
  // The roots of the two tables, each once, however many commits wrote them.
  EXPECT_THAT(scanned->copied, ::testing::ElementsAre(::testing::Field(&WalPage::number, 2u),
                                                      ::testing::Field(&WalPage::number, 3u)));
}

TEST_F(WalScanTest, SettlingRemovesATornTailAndKeepsTheRest) {
  const auto commits = commit_frames();
  flip(frame_at(commits.back()) + 100);
  const WalScan torn = scan().value();
  ASSERT_TRUE(settle_wal(*wal(), torn).ok());
  EXPECT_FALSE(scan()->has_torn_tail);
  EXPECT_EQ(scan()->frames, torn.frames);
  EXPECT_EQ(scan()->size, torn.size);
}

TEST_F(WalScanTest, SettlingEmptiesAFileWithATornHeader) {
  flip(20);
  ASSERT_TRUE(settle_wal(*wal(), scan().value()).ok());
  EXPECT_EQ(wal()->read(0, small_geometry.wal_bytes).value(), std::string(small_geometry.wal_bytes, '\0'));
}

}  // namespace
}  // namespace vow::storage
