// The Disk port over a real directory, which it locks for as long as it lives: a second process that wants
// the same directory is refused.
//
// Interrupted calls are repeated and short ones completed. No room is Fault::no_space, but never from a sync:
// what a failed sync has left on the disk is uncertain, whatever its reason.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "storage/disk.h"

namespace vow::storage {

class PosixDisk final : public Disk {
 public:
  // The file that carries the lock; list() leaves it out.
  static constexpr const char* lock_name = "lock";

  // The directory must exist.
  [[nodiscard]] static Result<std::unique_ptr<PosixDisk>> open_directory(const std::string& path);
  ~PosixDisk() override;
  PosixDisk(const PosixDisk&) = delete;
  PosixDisk& operator=(const PosixDisk&) = delete;

  [[nodiscard]] Result<std::unique_ptr<File>> open(const std::string& name, Open how) override;
  [[nodiscard]] Result<bool> exists(const std::string& name) override;
  [[nodiscard]] Result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<void> remove(const std::string& name) override;
  [[nodiscard]] Result<void> sync_directory() override;
  [[nodiscard]] Result<std::vector<std::string>> list() override;

 private:
  PosixDisk(std::string path, int directory, int lock)
      : path_(std::move(path)), directory_(directory), lock_(lock) {}
  [[nodiscard]] std::string path_of(const std::string& name) const { return path_ + "/" + name; }

  std::string path_;
  int directory_;
  int lock_;
};

}  // namespace vow::storage
