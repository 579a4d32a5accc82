// What a node's log must hold: the model of its durable content, kept by the simulator from what was
// acknowledged. It outlives processes and disks, so that checkers can ask who held what.
#pragma once

#include <deque>
#include <span>
#include <vector>

#include "storage/log_store.h"

namespace vow::sim {

struct LogImage {
  storage::HardState hard_state;
  storage::LogPosition base;
  std::deque<storage::Entry> entries;

  [[nodiscard]] storage::LogPosition last() const {
    return entries.empty() ? base : entries.back().position();
  }
  // Whether this entry, or a snapshot after it, is there.
  [[nodiscard]] bool holds(storage::LogPosition position) const;
  void carry_out(const storage::LogWrite& write);
  bool operator==(const LogImage&) const = default;
};

// Everything a store answers.
[[nodiscard]] storage::Result<LogImage> image_of(storage::LogStore& store);

[[nodiscard]] std::string describe(const LogImage& image);

}  // namespace vow::sim
