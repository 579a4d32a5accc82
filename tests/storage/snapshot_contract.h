// The contract of storage/snapshot_store.h as tests, on every Disk:
//
//   INSTANTIATE_TEST_SUITE_P(Posix, SnapshotContract, ::testing::Values(SnapshotDiskForm{...}),
//   name_of_disk);
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "storage/file_snapshot_store.h"

namespace vow::storage {

struct SnapshotDiskForm {
  std::string name;
  std::function<std::unique_ptr<Disk>()> make_disk;
};

inline std::string name_of_disk(const ::testing::TestParamInfo<SnapshotDiskForm>& form) {
  return form.param.name;
}

class SnapshotContract : public ::testing::TestWithParam<SnapshotDiskForm> {
 protected:
  SnapshotContract();
  // As a new process would.
  void reopen();

  std::unique_ptr<Disk> disk_;
  std::unique_ptr<FileSnapshotStore> store_;
};

}  // namespace vow::storage
