// A directory of its own for a test, removed with all it holds.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "coordinator/base/check.h"

namespace vow::testing {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    path_ = (std::filesystem::temp_directory_path() / "vow-test-XXXXXX").string();
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
