// The dumbest log there is, and random histories for it: every LogStore is compared with it.
#pragma once

#include <ostream>
#include <vector>

#include "coordinator/base/random.h"
#include "storage/log_store.h"

namespace vow::storage {

struct LogModel {
  HardState hard_state;
  LogPosition base;
  std::vector<Entry> entries;

  [[nodiscard]] LogPosition last() const { return entries.empty() ? base : entries.back().position(); }
  void carry_out(const LogWrite& write);
  bool operator==(const LogModel&) const = default;
};

std::ostream& operator<<(std::ostream& out, const LogModel& model);

// All that a store answers; an error of its reads fails as an error.
[[nodiscard]] Result<LogModel> observe(LogStore& store);

// An entry with a payload that no other entry has.
[[nodiscard]] Entry entry(std::uint64_t index, std::uint64_t term, std::size_t bytes = 20);

// A batch that a Raft node in this state could write.
[[nodiscard]] std::vector<LogWrite> random_batch(Random& random, LogModel from);

}  // namespace vow::storage
