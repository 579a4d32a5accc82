// The port behind which a node keeps its log and its vote.
//
// The durability contract
// -----------------------
// 1. write() is atomic: after a crash at any moment, all of the batch is there or none of it.
// 2. When write() has returned success, the batch survives kill -9 and power loss. Not before.
// 3. Batches become durable in the order in which they were written: one is never there without those before.
// 4. An acknowledged batch is never dropped silently. If the files no longer hold it (a flipped bit, a lost
//    page, a file cut short), opening the store or reading the entry fails with Fault::damaged. Only a batch
//    that was never acknowledged may be missing after a crash, and then entirely.
// 5. A write that failed with Fault::no_space changed nothing and may be tried again. After any other failure
// the
//    store is broken: every later call fails, and nothing may be acknowledged. In particular a failed sync is
//    never retried, since the kernel may have dropped the pages and report success the second time.
//
// A store is used by one thread at a time, and one process at a time (enforced by a lock).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "storage/entry.h"
#include "storage/error.h"

namespace vow::storage {

// One step of a batch. The parts are carried out in the order of their declaration.
struct LogWrite {
  std::optional<HardState> hard_state = {};
  // A received snapshot replaces the log: drop every entry; the log now begins after this position.
  std::optional<LogPosition> restart_at = {};
  // Drop this entry and all after it: a leader of a later term had others.
  std::optional<Index> truncate_from = {};
  // Appended. The first must follow the last entry that is there.
  std::vector<Entry> entries = {};
  // Drop this entry and all before it: a snapshot holds what they did. Must be a position in the log.
  std::optional<LogPosition> compact_to = {};
};

class LogStore {
 public:
  virtual ~LogStore() = default;

  // Makes these writes durable, in order, with a single sync for all of them.
  [[nodiscard]] virtual Result<void> write(std::span<const LogWrite> batch) = 0;

  // Entries from `first` on, verified: as many as have no more than `bytes_max` bytes of payload together,
  // but at least one; none if `first` is beyond the last. `first` must be beyond base().
  [[nodiscard]] virtual Result<std::vector<Entry>> read(Index first, std::size_t bytes_max) = 0;

  // The position after which the log begins: {0, 0}, or where it was compacted or restarted.
  [[nodiscard]] virtual LogPosition base() const = 0;
  // The last entry; base() while there is none.
  [[nodiscard]] virtual LogPosition last() const = 0;
  [[nodiscard]] virtual HardState hard_state() const = 0;
  [[nodiscard]] virtual Identity identity() const = 0;
};

}  // namespace vow::storage
