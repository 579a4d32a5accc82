// What snapshots must survive: crashes, failing disks, full disks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/memory_disk.h"
#include "storage/posix_disk.h"
#include "storage/snapshot_names.h"
#include "tests/storage/snapshot_contract.h"
#include "tests/storage/snapshot_crashes.h"
#include "tests/storage/snapshot_samples.h"
#include "tests/support/faulty_disk.h"
#include "tests/support/temporary_directory.h"

namespace vow::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using vow::testing::FaultyDisk;
using vow::testing::TemporaryDirectory;
using vow::testing::Trouble;

// A PosixDisk and the directory that goes away with it.
class TemporaryDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> open(const std::string& name, Open how) override {
    return disk_->open(name, how);
  }
  Result<bool> exists(const std::string& name) override { return disk_->exists(name); }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_->rename(from, to);
  }
  Result<void> remove(const std::string& name) override { return disk_->remove(name); }
  Result<void> sync_directory() override { return disk_->sync_directory(); }
  Result<std::vector<std::string>> list() override { return disk_->list(); }

 private:
  TemporaryDirectory directory_;
  std::unique_ptr<PosixDisk> disk_ = PosixDisk::open_directory(directory_.path()).value();
};

INSTANTIATE_TEST_SUITE_P(
    Disks, SnapshotContract,
    ::testing::Values(SnapshotDiskForm{"Memory", [] { return std::make_unique<MemoryDisk>(); }},
                      SnapshotDiskForm{"Posix", [] { return std::make_unique<TemporaryDisk>(); }},
                      SnapshotDiskForm{"Faulty", [] { return std::make_unique<FaultyDisk>(Random(1)); }}),
    name_of_disk);

// Of each crash: kill -9, the loss of all that was not synced, and losses by chance.
constexpr std::uint64_t outcomes = 100;

class SnapshotCrashes : public ::testing::TestWithParam<CrashScenario> {};

TEST_P(SnapshotCrashes, LeaveTheOlderOrTheNewerWhereverTheProcessDies) {
  const CrashReport report = crash_at_every_step(GetParam(), outcomes);
  EXPECT_EQ(report.violation, std::nullopt);
  EXPECT_GT(report.runs, outcomes * 8);
  EXPECT_GT(report.kept_older, 0u);
  EXPECT_GT(report.found_newer, 0u);
  EXPECT_EQ(report.resumed > 0, GetParam().receives);
}

TEST_P(SnapshotCrashes, LeaveTheOlderOrTheNewerWhereverTheDiskFails) {
  const CrashReport report = fail_at_every_call(GetParam(), outcomes);
  EXPECT_EQ(report.violation, std::nullopt);
  EXPECT_GT(report.runs, outcomes * 15);
  EXPECT_GT(report.kept_older, 0u);
  EXPECT_GT(report.found_newer, 0u);
}

INSTANTIATE_TEST_SUITE_P(Scenarios, SnapshotCrashes,
                         ::testing::Values(CrashScenario{false, false}, CrashScenario{true, false},
                                           CrashScenario{false, true}, CrashScenario{true, true}),
                         [](const auto& scenario) {
                           return std::string(scenario.param.receives ? "Received" : "Written") +
                                  (scenario.param.has_older ? "OverAnOlderOne" : "First");
                         });

class FileSnapshots : public ::testing::Test {
 protected:
  FaultyDisk disk_{Random(1)};
  std::unique_ptr<FileSnapshotStore> store_ = open_store(disk_);
};

TEST_F(FileSnapshots, RefuseWhatFindsNoRoomAndLeaveNothingOfIt) {
  const SnapshotMeta kept = must_install(*store_, sample(10));
  const std::uint64_t used = disk_.bytes_used();
  for (std::uint64_t room = 0; room <= kept.id.size; room += 100) {
    disk_.set_capacity(used + room);
    const auto refused = install(*store_, sample(20));
    ASSERT_FALSE(refused.ok()) << "in " << room << " bytes";
    ASSERT_EQ(refused.error().fault, Fault::no_space);
    ASSERT_EQ(must_have_latest(*store_), kept);
    ASSERT_EQ(disk_.bytes_used(), used) << "a torso is left";
  }
  disk_.heal();
  EXPECT_EQ(must_install(*store_, sample(20)).id.at, sample(20).at);
}

TEST_F(FileSnapshots, GoOnReceivingWhereTheyWereWhenThereIsRoomAgain) {
  const PeerFile file = peer_file(sample(10));
  ASSERT_EQ(store_->receive(file.id, 0, file.bytes.substr(0, 1000)).value().offset, 1000u);
  disk_.set_capacity(1100);
  EXPECT_EQ(store_->receive(file.id, 1000, file.bytes.substr(1000)).error().fault, Fault::no_space);
  disk_.heal();
  EXPECT_EQ(store_->receive(file.id, 0, "").value().offset, 1000u);
  EXPECT_EQ(send(*store_, file, 1000).value().id, file.id);
  EXPECT_EQ(read_back(*store_, file.id).value(), sample(10));
}

TEST_F(FileSnapshots, RemoveStrayFilesWhenOpenedAndNoOthers) {
  const SnapshotId older = must_install(*store_, sample(10)).id;
  const std::string older_bytes(*disk_.peek(snapshot_names::installed(older)));
  const SnapshotId newer = must_install(*store_, sample(20)).id;
  const std::string outdated_partial = snapshot_names::partial(peer_file(sample(15)).id);
  const std::string partial = snapshot_names::partial(peer_file(sample(30)).id);
  for (const std::string& name : {snapshot_names::installed(older), outdated_partial, partial,
                                  std::string(snapshot_names::written_temporary),
                                  std::string(snapshot_names::received_temporary), std::string("log.db")})
    ASSERT_TRUE(disk_.open(name, Disk::Open::create).value()->write(0, older_bytes).ok());
  store_ = open_store(disk_);
  EXPECT_THAT(disk_.names(), ElementsAre("log.db", snapshot_names::installed(newer), partial));
  EXPECT_EQ(must_have_latest(*store_)->id, newer);
}

TEST_F(FileSnapshots, WriteOneAtATime) {
  make_checks_throw();
  const auto writer = store_->begin(sample(10).at, "").value();
  EXPECT_THROW((void)store_->begin(sample(20).at, ""), CheckFailed);
}

TEST(SnapshotNames, AreReadOnlyAsTheyAreWritten) {
  const SnapshotId id{{Index(1), Term(2)}, 3, ~0ull};
  EXPECT_EQ(snapshot_names::installed(id),
            "snapshot-0000000000000001-0000000000000002-0000000000000003-ffffffffffffffff");
  EXPECT_EQ(snapshot_names::parse_installed(snapshot_names::installed(id)), id);
  EXPECT_EQ(snapshot_names::parse_partial(snapshot_names::partial(id)), id);
  EXPECT_EQ(snapshot_names::parse_installed(snapshot_names::partial(id)), std::nullopt);
  EXPECT_EQ(snapshot_names::parse_partial(snapshot_names::installed(id)), std::nullopt);
  for (const std::string name :
       {"", "log.db", "snapshot-", snapshot_names::written_temporary,
        "snapshot-0000000000000001-0000000000000002-0000000000000003-FFFFFFFFFFFFFFFF",
        "snapshot-000000000000000x-0000000000000002-0000000000000003-ffffffffffffffff"})
    EXPECT_EQ(snapshot_names::parse_installed(name), std::nullopt) << name;
}

}  // namespace
}  // namespace vow::storage
