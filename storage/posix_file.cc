#include "storage/posix_file.h"

#include <system_error>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vow::storage {
namespace {

Fault fault_of(int error_number) {
  if (error_number == ENOSPC || error_number == EDQUOT) return Fault::no_space;
  return error_number == ENOENT ? Fault::absent : Fault::failed;
}

const char* advice_for(Fault fault) {
  switch (fault) {
    case Fault::no_space:
      return "make room on this file system";
    case Fault::absent:
      return "check that the data directory is the right one";
    default:
      return "check the disk and the permissions of the data directory";
  }
}

}  // namespace

Failure<Error> posix_failure(std::string_view call, const std::string& path, int error_number) {
  const Fault fault = fault_of(error_number);
  return failure(fault, fmt::format("{} {} failed: {}; {}", call, path,
                                    std::generic_category().message(error_number), advice_for(fault)));
}

PosixFile::~PosixFile() { ::close(descriptor_); }

Result<std::string> PosixFile::read(std::uint64_t offset, std::size_t bytes) {
  std::string content(bytes, '\0');
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t n = uninterrupted([&] {
      return ::pread(descriptor_, content.data() + done, bytes - done, static_cast<off_t>(offset + done));
    });
    if (n == -1) return posix_failure("reading", path_, errno);
    if (n == 0) break;
    done += static_cast<std::size_t>(n);
  }
  content.resize(done);
  return content;
}

Result<void> PosixFile::write(std::uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = uninterrupted(
        [&] { return ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
    if (n == -1) return posix_failure("writing", path_, errno);
    if (n == 0) return posix_failure("writing", path_, EIO);  // no progress and no reason given
    offset += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> PosixFile::truncate(std::uint64_t size) {
  if (uninterrupted([&] { return ::ftruncate(descriptor_, static_cast<off_t>(size)); }) == -1)
    return posix_failure("truncating", path_, errno);
  return {};
}

Result<std::uint64_t> PosixFile::size() {
  struct stat status {};
  if (::fstat(descriptor_, &status) == -1) return posix_failure("getting the size of", path_, errno);
  return static_cast<std::uint64_t>(status.st_size);
}

Result<void> PosixFile::sync() {
  if (uninterrupted([&] { return ::fdatasync(descriptor_); }) == 0) return {};
  Error error = posix_failure("syncing", path_, errno).error;
  error.fault = Fault::failed;
  return Failure{std::move(error)};
}

}  // namespace vow::storage
