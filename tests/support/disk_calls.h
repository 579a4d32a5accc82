// Short ways to use a Disk in a test.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "coordinator/base/check.h"
#include "storage/disk.h"

namespace vow::testing {

inline std::unique_ptr<storage::File> create(storage::Disk& disk, const std::string& name) {
  auto file = disk.open(name, storage::Disk::Open::create);
  VOW_CHECK(file.ok(), "{}", file.error().what);
  return std::move(file).value();
}

// Of files up to 1 MiB; "no file" if there is none.
inline std::string content(storage::Disk& disk, const std::string& name) {
  auto file = disk.open(name, storage::Disk::Open::existing);
  return file.ok() ? (*file)->read(0, 1 << 20).value() : "no file";
}

template <class T>
storage::Fault fault_of(const storage::Result<T>& result) {
  return result.error().fault;
}

}  // namespace vow::testing
