// The file system as storage sees it: a port, so that the same stores run on a real disk and on one that
// loses power, tears pages, fills up and flips bits on purpose.
//
// Durability is POSIX's at its least generous: written bytes survive power loss only after File::sync() on
// that file; a created, renamed or removed name only after sync_directory(). Without them any 512-byte sector
// of an unsynced write, and any unsynced name, may be there or not.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/error.h"

namespace vow::storage {

class File {
 public:
  virtual ~File() = default;
  // Up to `bytes` bytes; fewer only at the end of the file.
  [[nodiscard]] virtual Result<std::string> read(std::uint64_t offset, std::size_t bytes) = 0;
  // A write that failed, also with Fault::no_space, may have written a part.
  [[nodiscard]] virtual Result<void> write(std::uint64_t offset, std::string_view bytes) = 0;
  [[nodiscard]] virtual Result<void> truncate(std::uint64_t size) = 0;
  [[nodiscard]] virtual Result<std::uint64_t> size() = 0;
  // A failed sync leaves unknown which writes are durable, and a second one that succeeds proves nothing. It
  // is never Fault::no_space.
  [[nodiscard]] virtual Result<void> sync() = 0;
};

// One directory and the files in it. Names have no slashes.
class Disk {
 public:
  virtual ~Disk() = default;
  enum class Open : std::uint8_t { existing, create };
  [[nodiscard]] virtual Result<std::unique_ptr<File>> open(const std::string& name, Open how) = 0;
  [[nodiscard]] virtual Result<bool> exists(const std::string& name) = 0;
  [[nodiscard]] virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  [[nodiscard]] virtual Result<void> remove(const std::string& name) = 0;
  [[nodiscard]] virtual Result<void> sync_directory() = 0;
  // Names, sorted.
  [[nodiscard]] virtual Result<std::vector<std::string>> list() = 0;
};

}  // namespace vow::storage
