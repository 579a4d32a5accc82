// The bytes of one file: as every process sees them, and as the disk may hold them after the power went.
//
// The page cache is `bytes_`; what a power loss can take back are `changes_`, the undo log since the last
// sync. A write costs its own size, never the file's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/base/random.h"

namespace vow::testing {

// What became of a change that only the page cache was sure of.
enum class Standing : std::uint8_t {
  pending,   // not synced yet
  forsaken,  // its sync failed: the kernel counts it as clean, no later sync will carry it
  durable,   // synced, but after a forsaken one, so that it must stay in the undo log
};

class FileImage {
 public:
  // A disk writes sectors of this size whole or not at all.
  static constexpr std::uint64_t sector_bytes = 512;

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::uint64_t size() const { return bytes_.size(); }
  [[nodiscard]] std::string read(std::uint64_t offset, std::size_t bytes) const;

  void write(std::uint64_t offset, std::string_view bytes);
  void truncate(std::uint64_t size);
  void sync();
  // A sync failed: everything pending stays visible but is forsaken.
  void forsake();
  // Each sector of each change that is not durable, and each change of the size, survives with this
  // probability. Bytes within the size that no surviving sector ever held are zeros.
  void lose_power(Random& random, double survival);
  // In what is seen now; undone if it hits a pending write that a power loss takes back.
  void flip_bit(std::uint64_t bit);

 private:
  struct Change {
    bool truncation = false;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::uint64_t size_before = 0;
    std::uint64_t size_after = 0;
    std::string before;  // the bytes that it overwrote or cut off, from offset on
    Standing standing = Standing::pending;
  };

  void undo(const Change& change);
  [[nodiscard]] std::string sectors_of(const Change& change) const;
  void place(std::uint64_t offset, std::string_view bytes);

  std::string bytes_;
  std::vector<Change> changes_;  // oldest first
};

}  // namespace vow::testing
