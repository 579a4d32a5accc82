// A disk in memory that does everything a real one may do to us, on purpose and repeatably: all its chances
// come from one seed.
//
// - crash_process(): kill -9. What was written stays (the page cache survives); open files do not.
// - lose_power(): what was not synced survives by chance, sector by sector and name by name (file_image.h,
//   name_table.h).
// - halt_after(n): the process dies at its n-th step; for tests that crash at every step there is.
// - inject() and set_rate(): errors, short reads and torn writes, now or by chance.
// - set_full(), set_capacity(): no room. A write that finds none may have written a part.
// - flip_bit(): decay. copy_from(): an old disk comes back, or two nodes have one identity.
//
// As on Linux a failed sync leaves its writes visible and clean: a second sync succeeds and proves nothing,
// and a power loss may still take them. Or, by a chance of one half, what did not reach the disk is gone at
// once.
//
// Used by one thread.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/base/random.h"
#include "storage/disk.h"
#include "tests/support/name_table.h"

namespace vow::testing {

// What can go wrong with a call of its own.
enum class Trouble : std::uint8_t {
  read_error,
  short_read,   // fewer bytes than the file has, without an error
  write_error,  // after a part of the bytes
  truncate_error,
  sync_error,
  create_error,
  rename_error,
  remove_error,
  directory_sync_error,
};
inline constexpr std::size_t trouble_count = 9;

struct DiskCounters {
  std::uint64_t steps = 0;  // calls that may change the disk
  std::uint64_t reads = 0;
  std::uint64_t writes = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t syncs = 0;
  std::uint64_t directory_syncs = 0;
  std::uint64_t faults = 0;  // injected, and refusals for want of room
};

class FaultyDisk final : public storage::Disk {
 public:
  explicit FaultyDisk(Random random) : random_(random) {}

  [[nodiscard]] storage::Result<std::unique_ptr<storage::File>> open(const std::string& name,
                                                                     Open how) override;
  [[nodiscard]] storage::Result<bool> exists(const std::string& name) override;
  [[nodiscard]] storage::Result<void> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] storage::Result<void> remove(const std::string& name) override;
  [[nodiscard]] storage::Result<void> sync_directory() override;
  [[nodiscard]] storage::Result<std::vector<std::string>> list() override;

  enum class PowerLoss : std::uint8_t {
    drop_all,   // nothing unsynced survives
    by_chance,  // with a probability drawn for each file, and one for the names
    keep_all,
  };
  void crash_process();
  void lose_power(PowerLoss how = PowerLoss::by_chance);
  // After this many more steps the process is dead: the next one is cut short (a write may be torn) and every
  // call fails until crash_process() or lose_power().
  void halt_after(std::uint64_t steps) { steps_left_ = steps; }
  [[nodiscard]] bool halted() const { return halted_; }

  // Strikes once, after `spare` calls that it spares.
  void inject(Trouble trouble, std::uint64_t spare = 0) { plans_[index(trouble)].spare = spare; }
  void set_rate(Trouble trouble, double probability) { plans_[index(trouble)].rate = probability; }
  // No trouble from now on, neither injected nor by chance, and room enough.
  void heal();
  void set_full(bool full) { full_ = full; }
  // The sum of the files' sizes that the disk can hold.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  void flip_bit(const std::string& name, std::uint64_t bit);

  // Takes over the other's files, synced and unsynced; open files of this disk become invalid.
  void copy_from(const FaultyDisk& other);
  // The bytes of a file as seen now; none if there is no such file.
  [[nodiscard]] std::optional<std::string_view> peek(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] std::uint64_t bytes_used() const;
  [[nodiscard]] const DiskCounters& counters() const { return counters_; }
  // Called after each sync that succeeded, with the name the file was opened by; "" for the directory.
  void on_sync(std::function<void(const std::string& name)> observer) {
    sync_observer_ = std::move(observer);
  }

 private:
  friend class FaultyFile;
  struct Plan {
    std::optional<std::uint64_t> spare;
    double rate = 0;
  };
  enum class Kind : std::uint8_t { look, change };

  static std::size_t index(Trouble trouble) { return static_cast<std::size_t>(trouble); }
  // Counts the call, and says why it must fail, if it must.
  std::optional<storage::Error> obstacle(Kind kind, const char* call, const std::string& name,
                                         std::optional<Trouble> trouble);
  bool strikes(Trouble trouble);
  // How many of the bytes of this write find room.
  [[nodiscard]] std::uint64_t bytes_with_room(const FileImage& file, std::uint64_t offset,
                                              std::uint64_t bytes) const;
  void restart();

  Random random_;
  NameTable names_;
  std::uint64_t life_ = 0;  // open files belong to one life of the process
  std::array<Plan, trouble_count> plans_;
  bool full_ = false;
  std::uint64_t capacity_ = std::numeric_limits<std::uint64_t>::max();
  std::optional<std::uint64_t> steps_left_;
  bool halted_ = false;
  DiskCounters counters_;
  std::function<void(const std::string&)> sync_observer_;
};

}  // namespace vow::testing
