// A directory of its own for a test, removed with all it holds.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "coordinator/base/check.h"

namespace vow::testing {

class TemporaryDirectory {
 public:
  // In memory, where the machine has such a place: for tests that are not about disks. On a busy machine a
  // sync may take half a minute.
  enum class In : std::uint8_t { memory, temporary_files };

  explicit TemporaryDirectory(In where = In::temporary_files) {
    std::error_code not_there;
    const std::filesystem::path memory = "/dev/shm";
    const bool is_in_memory = where == In::memory && std::filesystem::is_directory(memory, not_there);
    const auto parent = is_in_memory ? memory : std::filesystem::temp_directory_path();
    path_ = (parent / "vow-test-XXXXXX").string();
    VOW_CHECK(::mkdtemp(path_.data()) != nullptr, "no directory could be made for {}", path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;  // what is left in the temporary directory harms no test
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace vow::testing
