// What of a node's log outlives its process, and how it can be made to fail. Two forms: the reference store
// in memory, and SQLite on a faulty disk.
#pragma once

#include <memory>

#include "coordinator/base/random.h"
#include "storage/log_store.h"
#include "tests/support/faulty_disk.h"

namespace vow::sim {

enum class Crash : std::uint8_t { process, power };

class LogMedium {
 public:
  virtual ~LogMedium() = default;

  [[nodiscard]] virtual storage::Result<void> format(storage::Identity identity) = 0;
  // A process opens the store, which stays valid until the next crash.
  [[nodiscard]] virtual storage::Result<storage::LogStore*> open(storage::Identity identity) = 0;
  virtual void crash(Crash how) = 0;

  // The write that comes next is cut off in its middle by a crash: it may be there or not.
  virtual void cut_next_write(Random& random) = 0;
  virtual void fail_next_write(Random& random) = 0;
  virtual void fail_next_sync(Random& random) = 0;
  // Reads fail, or give less than there is, by chance until healed.
  virtual void fail_reads() = 0;
  virtual void set_full(bool full) = 0;
  virtual void heal() = 0;
  // Flips a bit of its files. False if it has none.
  virtual bool flip_bit(Random& random) = 0;
  [[nodiscard]] virtual std::uint64_t faults() const = 0;
};

[[nodiscard]] std::unique_ptr<LogMedium> memory_medium();
[[nodiscard]] std::unique_ptr<LogMedium> sqlite_medium(Random random);

// Flips one bit of one of the disk's files. False if they are all empty.
bool flip_any_bit(testing::FaultyDisk& disk, Random& random);

}  // namespace vow::sim
