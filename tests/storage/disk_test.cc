// What every Disk must do. What the faulty one does on top of it is in tests/support/faulty_disk_test.cc.
#include <filesystem>
#include <functional>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/memory_disk.h"
#include "storage/posix_disk.h"
#include "storage/posix_file.h"
#include "tests/support/disk_calls.h"
#include "tests/support/faulty_disk.h"
#include "tests/support/temporary_directory.h"

namespace vow::storage {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using vow::testing::content;
using vow::testing::create;
using vow::testing::fault_of;
using vow::testing::FaultyDisk;
using vow::testing::TemporaryDirectory;

struct DiskForm {
  std::string name;
  std::function<std::unique_ptr<Disk>(const TemporaryDirectory&)> make;
};

class EveryDisk : public ::testing::TestWithParam<DiskForm> {
 protected:
  TemporaryDirectory directory_;
  std::unique_ptr<Disk> disk_ = GetParam().make(directory_);
};

TEST_P(EveryDisk, ReadsWhatWasWrittenAndLessOnlyAtTheEnd) {
  const auto file = create(*disk_, "a");
  ASSERT_TRUE(file->write(0, "hello world").ok());
  ASSERT_TRUE(file->write(6, "there").ok());
  EXPECT_EQ(file->read(0, 5).value(), "hello");
  EXPECT_EQ(file->read(6, 100).value(), "there");
  EXPECT_EQ(file->read(11, 1).value(), "");
  EXPECT_EQ(file->read(5000, 1).value(), "");
}

TEST_P(EveryDisk, FillsGapsWithZeros) {
  const auto file = create(*disk_, "a");
  ASSERT_TRUE(file->write(3, "x").ok());
  EXPECT_EQ(file->read(0, 10).value(), std::string("\0\0\0x", 4));
}

TEST_P(EveryDisk, TruncatesBothWays) {
  const auto file = create(*disk_, "a");
  ASSERT_TRUE(file->write(0, "abcdef").ok());
  ASSERT_TRUE(file->truncate(2).ok());
  EXPECT_EQ(file->size().value(), 2u);
  ASSERT_TRUE(file->truncate(4).ok());
  EXPECT_EQ(file->read(0, 10).value(), std::string("ab\0\0", 4));
}

TEST_P(EveryDisk, OpensExistingFilesAsTheyAre) {
  ASSERT_TRUE(create(*disk_, "a")->write(0, "kept").ok());
  create(*disk_, "a");
  EXPECT_EQ(content(*disk_, "a"), "kept");
}

TEST_P(EveryDisk, SaysThatAFileIsAbsent) {
  EXPECT_EQ(fault_of(disk_->open("none", Disk::Open::existing)), Fault::absent);
  EXPECT_EQ(fault_of(disk_->remove("none")), Fault::absent);
  EXPECT_EQ(fault_of(disk_->rename("none", "other")), Fault::absent);
  EXPECT_FALSE(disk_->exists("none").value());
}

TEST_P(EveryDisk, RenamesOverAnotherAndRemoves) {
  ASSERT_TRUE(create(*disk_, "new")->write(0, "new").ok());
  ASSERT_TRUE(create(*disk_, "old")->write(0, "old").ok());
  ASSERT_TRUE(disk_->rename("new", "old").ok());
  EXPECT_THAT(disk_->list().value(), ElementsAre("old"));
  EXPECT_EQ(content(*disk_, "old"), "new");
  ASSERT_TRUE(disk_->remove("old").ok());
  EXPECT_THAT(disk_->list().value(), IsEmpty());
}

TEST_P(EveryDisk, ListsInOrderAndSyncs) {
  for (const char* name : {"c", "a", "b"}) ASSERT_TRUE(create(*disk_, name)->sync().ok());
  ASSERT_TRUE(disk_->sync_directory().ok());
  EXPECT_THAT(disk_->list().value(), ElementsAre("a", "b", "c"));
}

TEST_P(EveryDisk, KeepsAnOpenFileThatWasRemoved) {
  // Also a large one, whose space is given back little by little.
  for (const std::size_t size : {7u, 5u << 20}) {
    const std::string bytes(size, 'b');
    const auto file = disk_->open("a", Disk::Open::create).value();
    ASSERT_TRUE(file->write(0, bytes).ok());
    ASSERT_TRUE(disk_->remove("a").ok());
    EXPECT_FALSE(disk_->exists("a").value());
    EXPECT_EQ(file->size().value(), size);
    EXPECT_TRUE(file->read(0, size).value() == bytes);
  }
}

TEST_P(EveryDisk, RemovesALargeFile) {
  ASSERT_TRUE(disk_->open("a", Disk::Open::create).value()->write(0, std::string(5u << 20, 'b')).ok());
  ASSERT_TRUE(disk_->remove("a").ok());
  EXPECT_FALSE(disk_->exists("a").value());
}

INSTANTIATE_TEST_SUITE_P(
    Disks, EveryDisk,
    ::testing::Values(
        DiskForm{"Memory", [](const auto&) { return std::make_unique<MemoryDisk>(); }},
        DiskForm{"Posix", [](const auto& d) { return PosixDisk::open_directory(d.path()).value(); }},
        DiskForm{"Faulty", [](const auto&) { return std::make_unique<FaultyDisk>(Random(1)); }}),
    [](const auto& form) { return form.param.name; });

TEST(PosixDisk, ServesOneOwnerAtATime) {
  const TemporaryDirectory directory;
  auto first = PosixDisk::open_directory(directory.path());
  ASSERT_TRUE(first.ok());
  const auto second = PosixDisk::open_directory(directory.path());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().what, ::testing::HasSubstr("another process uses this data directory"));
  std::move(first).value().reset();
  EXPECT_TRUE(PosixDisk::open_directory(directory.path()).ok());
}

TEST(PosixDisk, LeavesALinkToARemovedFileWhole) {
  const TemporaryDirectory directory;
  const auto disk = PosixDisk::open_directory(directory.path()).value();
  const std::string bytes(3u << 20, 'b');
  ASSERT_TRUE(disk->open("a", Disk::Open::create).value()->write(0, bytes).ok());
  std::filesystem::create_hard_link(directory.path() + "/a", directory.path() + "/backup");
  ASSERT_TRUE(disk->remove("a").ok());
  EXPECT_EQ(std::filesystem::file_size(directory.path() + "/backup"), bytes.size());
}

TEST(PosixDisk, SaysThatADirectoryIsAbsent) {
  EXPECT_EQ(fault_of(PosixDisk::open_directory("/nonexistent/vow")), Fault::absent);
}

TEST(PosixFile, SaysThatThereIsNoRoom) {
  const int descriptor = ::open("/dev/full", O_RDWR | O_CLOEXEC);
  if (descriptor == -1) GTEST_SKIP() << "this system has no /dev/full";
  PosixFile file(descriptor, "/dev/full");
  const auto written = file.write(0, "x");
  EXPECT_EQ(fault_of(written), Fault::no_space);
  EXPECT_THAT(written.error().what, ::testing::HasSubstr("writing /dev/full failed"));
}

}  // namespace
}  // namespace vow::storage
