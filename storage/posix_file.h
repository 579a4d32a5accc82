// One open file of a PosixDisk.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>

#include "storage/disk.h"

namespace vow::storage {

// The failure that errno stands for: ENOSPC and EDQUOT are Fault::no_space, ENOENT is Fault::absent.
[[nodiscard]] Failure<Error> posix_failure(std::string_view call, const std::string& path, int error_number);

// Repeats a system call for as long as signals interrupt it.
template <class Call>
auto uninterrupted(Call call) {
  auto answer = call();
  while (answer == -1 && errno == EINTR) answer = call();
  return answer;
}

class PosixFile final : public File {
 public:
  // Takes over the descriptor. The path serves messages alone.
  PosixFile(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  ~PosixFile() override;
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  [[nodiscard]] Result<std::string> read(std::uint64_t offset, std::size_t bytes) override;
  [[nodiscard]] Result<void> write(std::uint64_t offset, std::string_view bytes) override;
  [[nodiscard]] Result<void> truncate(std::uint64_t size) override;
  [[nodiscard]] Result<std::uint64_t> size() override;
  [[nodiscard]] Result<void> sync() override;

 private:
  int descriptor_;
  std::string path_;
};

}  // namespace vow::storage
