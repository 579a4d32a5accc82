// A snapshot file that is not what was written is answered as damaged, whatever is wrong with it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/base/bytes.h"
#include "coordinator/base/checksum.h"
#include "storage/snapshot_names.h"
#include "tests/storage/snapshot_samples.h"
#include "tests/support/faulty_disk.h"

namespace vow::storage {
namespace {

using vow::testing::FaultyDisk;
using vow::testing::Trouble;

// An installed snapshot, and its file for tests to spoil.
class SnapshotDamage : public ::testing::Test {
 protected:
  [[nodiscard]] std::unique_ptr<File> file() { return disk_.open(name_, Disk::Open::existing).value(); }
  void restore() {
    ASSERT_TRUE(file()->truncate(0).ok());
    ASSERT_TRUE(file()->write(0, bytes_).ok());
  }
  // What a new process makes of it: latest(), then all of its content.
  Result<SampleSnapshot> found_by_a_new_process() {
    const auto store = open_store(disk_);
    const auto latest = store->latest();
    if (!latest.ok()) return Failure{latest.error()};
    EXPECT_TRUE(latest->has_value()) << "damage, answered as if there had never been a snapshot";
    if (!latest->has_value()) return SampleSnapshot{};
    EXPECT_EQ(**latest, meta_) << "another snapshot, with a straight face";
    return read_back(*store, (*latest)->id);
  }

  FaultyDisk disk_{Random(1)};
  std::unique_ptr<FileSnapshotStore> store_ = open_store(disk_);
  SampleSnapshot content_{{Index(10), Term(3)}, "members", {"first", "", std::string(30, 'x')}};
  SnapshotMeta meta_ = must_install(*store_, content_);
  std::string name_ = snapshot_names::installed(meta_.id);
  std::string bytes_{*disk_.peek(name_)};
};

TEST_F(SnapshotDamage, IsFoundInEveryBit) {
  for (std::uint64_t bit = 0; bit < bytes_.size() * 8; ++bit) {
    disk_.flip_bit(name_, bit);
    const auto found = found_by_a_new_process();
    ASSERT_FALSE(found.ok()) << "bit " << bit;
    ASSERT_EQ(found.error().fault, Fault::damaged) << "bit " << bit << ": " << found.error().what;
    disk_.flip_bit(name_, bit);
  }
  EXPECT_EQ(found_by_a_new_process().value(), content_);
}

TEST_F(SnapshotDamage, IsFoundByLatestInHeaderAndFooter) {
  const std::size_t header_bytes = 36 + content_.configuration.size() + 8;
  for (std::uint64_t bit = 0; bit < bytes_.size() * 8; ++bit) {
    const bool is_in_an_end = bit / 8 < header_bytes || bit / 8 >= bytes_.size() - 25;
    if (!is_in_an_end) continue;
    disk_.flip_bit(name_, bit);
    ASSERT_EQ(store_->latest().error().fault, Fault::damaged) << "bit " << bit;
    ASSERT_EQ(store_->open(meta_.id).error().fault, Fault::damaged) << "bit " << bit;
    disk_.flip_bit(name_, bit);
  }
}

TEST_F(SnapshotDamage, IsFoundInAFileThatBecameShorterOrLonger) {
  for (std::size_t size = 0; size < bytes_.size(); ++size) {
    ASSERT_TRUE(file()->truncate(size).ok());
    const auto found = found_by_a_new_process();
    ASSERT_FALSE(found.ok()) << size;
    ASSERT_EQ(found.error().fault, Fault::damaged) << size;
    restore();
  }
  ASSERT_TRUE(file()->write(bytes_.size(), "x").ok());
  EXPECT_EQ(found_by_a_new_process().error().fault, Fault::damaged);
}

TEST_F(SnapshotDamage, IsFoundInRecordsOutOfPlace) {
  // The records of "first" and "": each whole by itself, but not in the other's place.
  const std::size_t first = 36 + content_.configuration.size() + 8;
  const std::string a = bytes_.substr(first, 5 + 5 + 8);
  const std::string b = bytes_.substr(first + a.size(), 5 + 8);
  ASSERT_TRUE(file()->write(first, b + a).ok());
  EXPECT_EQ(found_by_a_new_process().error().fault, Fault::damaged);
}

TEST_F(SnapshotDamage, IsFoundInAFileUnderAnothersName) {
  SnapshotId other = meta_.id;
  other.digest ^= 1;
  ASSERT_TRUE(disk_.rename(name_, snapshot_names::installed(other)).ok());
  EXPECT_EQ(open_store(disk_)->latest().error().fault, Fault::damaged);
}

TEST_F(SnapshotDamage, IsAnsweredForAFileThatVanished) {
  ASSERT_TRUE(disk_.remove(name_).ok());
  EXPECT_EQ(store_->latest().error().fault, Fault::damaged);
  EXPECT_EQ(store_->read_raw(meta_.id, 0, 1).error().fault, Fault::damaged);
}

TEST_F(SnapshotDamage, IsAnsweredForShortReadsAtEveryCall) {
  std::uint64_t spare = 0;
  for (std::uint64_t faults = 0;; ++spare, faults = disk_.counters().faults) {
    disk_.inject(Trouble::short_read, spare);
    const auto found = found_by_a_new_process();
    if (disk_.counters().faults == faults) break;
    ASSERT_FALSE(found.ok()) << spare;
    ASSERT_EQ(found.error().fault, Fault::damaged) << spare;
  }
  EXPECT_GT(spare, 5u);
}

TEST_F(SnapshotDamage, IsNotWhatAFailedReadIs) {
  disk_.inject(Trouble::read_error);
  EXPECT_EQ(store_->latest().error().fault, Fault::failed);
  EXPECT_EQ(must_have_latest(*store_), meta_);
}

TEST_F(SnapshotDamage, IsToldFromALaterFormat) {
  ByteWriter preamble;
  for (const char c : bytes_.substr(0, 8)) preamble.u8(static_cast<std::uint8_t>(c));
  preamble.u32(2);
  preamble.u32(static_cast<std::uint32_t>(checksum(preamble.view())));
  ASSERT_TRUE(file()->write(0, preamble.view()).ok());
  const auto latest = open_store(disk_)->latest();
  EXPECT_EQ(latest.error().fault, Fault::wrong_version);
  EXPECT_THAT(latest.error().what, ::testing::HasSubstr("format version 2, this Vow reads version 1"));
}

TEST_F(SnapshotDamage, IsRepairedByTheSameFileFromAPeerWhereverItIs) {
  for (const std::uint64_t bit : {0u, 500u, 700u, 1000u}) {
    disk_.flip_bit(name_, bit);
    EXPECT_EQ(send(*store_, PeerFile{meta_.id, bytes_}, 20).value(), meta_);
    EXPECT_EQ(found_by_a_new_process().value(), content_);
  }
}

TEST_F(SnapshotDamage, IsRepairedByANewerSnapshotButNotByAnOlderOne) {
  disk_.flip_bit(name_, 500);
  EXPECT_EQ(send(*store_, peer_file(sample(9)), 1000).error().fault, Fault::damaged);
  EXPECT_EQ(install(*store_, sample(9)).error().fault, Fault::damaged);
  const SnapshotMeta newer = send(*store_, peer_file(sample(11)), 1000).value();
  EXPECT_EQ(must_have_latest(*open_store(disk_)), newer);
}

TEST_F(SnapshotDamage, OfAPartialFileCostsBytesButNeverTheSnapshot) {
  const PeerFile file = peer_file(SampleSnapshot{{Index(20), Term(3)}, "m", {"one", "two", "three"}});
  const std::string half = file.bytes.substr(0, file.bytes.size() - 30);
  const std::string partial = snapshot_names::partial(file.id);
  for (std::uint64_t bit = 0; bit < half.size() * 8; ++bit) {
    FaultyDisk disk{Random(bit)};
    ASSERT_TRUE(open_store(disk)->receive(file.id, 0, half).ok());
    disk.flip_bit(partial, bit);
    const auto restarted = open_store(disk);
    ASSERT_LE(restarted->receive(file.id, 0, "").value().offset, bit / 8) << "damage was taken up";
    ASSERT_EQ(send(*restarted, file, 64).value().id, file.id);
    ASSERT_EQ(restarted->read_raw(file.id, 0, file.id.size).value(), file.bytes);
  }
}

// The example of docs/formats/snapshot.md.
TEST(SnapshotFormat, IsTheDocumentedOne) {
  const PeerFile file = peer_file(SampleSnapshot{{Index(258), Term(3)}, "m", {"ab"}});
  std::string hex;
  for (const char c : file.bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  const std::string preamble = "564f57534e41500a01000000b7f8a9c9";
  const std::string header = "02010000000000000300000000000000010000006da2c79869877f452b";
  const std::string chunk = "010200000061620e39d50ae8ed259c";
  const std::string footer = "0201000000000000000200000000000000abcec5e639789d93";
  EXPECT_EQ(hex, preamble + header + chunk + footer);
  EXPECT_EQ(file.id.digest, 0x939d7839e6c5ceabu);
}

}  // namespace
}  // namespace vow::storage
