#include "storage/posix_disk.h"

#include <algorithm>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/posix_file.h"

namespace vow::storage {
namespace {

constexpr mode_t file_mode = 0600;  // decisions and members are nobody else's business
constexpr off_t freed_at_once = 1 << 20;

// Given back all at once, the space of a large file keeps the file system's journal busy for tens of
// milliseconds, and with it every sync.
void free_gradually(int descriptor) {
  struct stat status {};
  const bool has_other_names = ::fstat(descriptor, &status) != 0 || status.st_nlink > 0;
  if (has_other_names) return;
  for (off_t size = status.st_size - freed_at_once; size > 0; size -= freed_at_once) {
    if (::ftruncate(descriptor, size) != 0) return;
  }
}

}  // namespace

Result<std::unique_ptr<PosixDisk>> PosixDisk::open_directory(const std::string& path) {
  const int directory =
      uninterrupted([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (directory == -1) return posix_failure("opening the data directory", path, errno);
  const int lock = uninterrupted(
      [&] { return ::openat(directory, lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, file_mode); });
  // From here on the destructor closes what is open.
  std::unique_ptr<PosixDisk> disk(new PosixDisk(path, directory, lock));
  if (lock == -1) return posix_failure("creating", disk->path_of(lock_name), errno);
  if (uninterrupted([&] { return ::flock(lock, LOCK_EX | LOCK_NB); }) == 0) return disk;
  if (errno != EWOULDBLOCK) return posix_failure("locking", disk->path_of(lock_name), errno);
  return failure(
      Fault::failed,
      fmt::format("locking {} failed: another process uses this data directory; stop it, or choose "
                  "another directory",
                  disk->path_of(lock_name)));
}

PosixDisk::~PosixDisk() {
  if (lock_ != -1) ::close(lock_);
  ::close(directory_);
}

Result<std::unique_ptr<File>> PosixDisk::open(const std::string& name, Open how) {
  const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (how == Open::create ? O_CREAT : 0);
  const int descriptor = uninterrupted([&] { return ::openat(directory_, name.c_str(), flags, file_mode); });
  if (descriptor == -1) return posix_failure("opening", path_of(name), errno);
  (void)uninterrupted([&] { return ::flock(descriptor, LOCK_SH); });  // see remove()
  return std::unique_ptr<File>(std::make_unique<PosixFile>(descriptor, path_of(name)));
}

Result<bool> PosixDisk::exists(const std::string& name) {
  struct stat status {};
  if (::fstatat(directory_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return true;
  if (errno == ENOENT) return false;
  return posix_failure("looking up", path_of(name), errno);
}

Result<void> PosixDisk::rename(const std::string& from, const std::string& to) {
  if (::renameat(directory_, from.c_str(), directory_, to.c_str()) == 0) return {};
  return posix_failure("renaming", path_of(from), errno);
}

Result<void> PosixDisk::remove(const std::string& name) {
  const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  const int descriptor = uninterrupted([&] { return ::openat(directory_, name.c_str(), flags); });
  const bool removed = ::unlinkat(directory_, name.c_str(), 0) == 0;
  const int error_number = errno;
  // Whoever has it open may go on reading.
  if (removed && descriptor != -1 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) free_gradually(descriptor);
  if (descriptor != -1) ::close(descriptor);
  return removed ? Result<void>() : posix_failure("removing", path_of(name), error_number);
}

Result<void> PosixDisk::sync_directory() {
  if (uninterrupted([&] { return ::fsync(directory_); }) == 0) return {};
  Error error = posix_failure("syncing the directory", path_, errno).error;
  error.fault = Fault::failed;
  return Failure{std::move(error)};
}

Result<std::vector<std::string>> PosixDisk::list() {
  // A descriptor of its own, since reading a directory moves a position that the descriptor holds.
  const int descriptor =
      uninterrupted([&] { return ::openat(directory_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
  if (descriptor == -1) return posix_failure("opening the directory", path_, errno);
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(descriptor), ::closedir);
  if (entries == nullptr) {
    const int error_number = errno;
    ::close(descriptor);
    return posix_failure("listing", path_, error_number);
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name != "." && name != ".." && name != lock_name) names.push_back(name);
  }
  if (errno != 0) return posix_failure("listing", path_, errno);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace vow::storage
