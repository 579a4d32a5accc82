// SQLite's usual file system, which kills the process as it is about to write, truncate or sync a file for
// the nth time.
#pragma once

#include <csignal>
#include <cstring>
#include <map>
#include <string>

#include <sqlite3.h>
#include <unistd.h>

namespace vow::testing {

// One at a time.
class DeadlyVfs {
 public:
  explicit DeadlyVfs(int nth) {
    left_ = nth;
    base_ = sqlite3_vfs_find(nullptr);
    vfs_ = *base_;
    vfs_.zName = "deadly";
    vfs_.pNext = nullptr;
    vfs_.xOpen = open;
    sqlite3_vfs_register(&vfs_, 0);
  }
  ~DeadlyVfs() { sqlite3_vfs_unregister(&vfs_); }
  DeadlyVfs(const DeadlyVfs&) = delete;
  DeadlyVfs& operator=(const DeadlyVfs&) = delete;

  [[nodiscard]] const char* name() const { return vfs_.zName; }

 private:
  static void count() {
    if (--left_ == 0) ::kill(::getpid(), SIGKILL);
  }
  static int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* opened) {
    const int result = base_->xOpen(base_, path, file, flags, opened);
    if (result != SQLITE_OK || file->pMethods == nullptr) return result;
    const auto [at, is_new] = methods_.try_emplace(file->pMethods, *file->pMethods);
    if (is_new) {
      bases_[&at->second] = file->pMethods;
      at->second.xWrite = [](sqlite3_file* to, const void* data, int size, sqlite3_int64 where) {
        count();
        return bases_.at(to->pMethods)->xWrite(to, data, size, where);
      };
      at->second.xSync = [](sqlite3_file* to, int how) {
        count();
        return bases_.at(to->pMethods)->xSync(to, how);
      };
      at->second.xTruncate = [](sqlite3_file* to, sqlite3_int64 size) {
        count();
        return bases_.at(to->pMethods)->xTruncate(to, size);
      };
    }
    file->pMethods = &at->second;
    return result;
  }

  inline static int left_ = 0;
  inline static sqlite3_vfs* base_ = nullptr;
  inline static std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods_;
  inline static std::map<const sqlite3_io_methods*, const sqlite3_io_methods*> bases_;
  sqlite3_vfs vfs_{};
};

}  // namespace vow::testing
