// How a node takes part in its cell.
#pragma once

#include <cstdint>
#include <vector>

#include "coordinator/base/limits.h"
#include "coordinator/raft/configuration.h"
#include "coordinator/raft/message.h"

namespace vow::raft {

struct Options {
  NodeId self;
  // A follower that hears nothing for this long, up to twice as long, stands for election. A leader that
  // hears nothing from a quorum for this long steps down.
  std::uint32_t election_ticks = 10;
  std::uint32_t heartbeat_ticks = 1;
  // A learner may become a voter once it lacks no more entries than this.
  std::uint64_t promotion_lag_max = 1024;
  // What one append message may carry; a single larger entry still travels alone.
  std::size_t append_bytes_max = limits::append_bytes_max;
  std::size_t append_entries_max = limits::append_entries_max;
  // The newest record format that this program understands.
  std::uint32_t version = 1;
};

// What a node finds on its disk when it starts.
struct Restored {
  HardState hard_state;
  // The newest snapshot: what the state machine begins with. Everything up to it is committed.
  LogPosition snapshot;
  Configuration configuration;  // as of the snapshot
  // The log, which may begin before the snapshot's position, and holds it unless it begins there.
  LogPosition log_base;
  std::vector<Entry> entries;
};

}  // namespace vow::raft
