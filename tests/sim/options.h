// What one seed's run is like. Everything is drawn, faults included: runs that all suffer from everything
// explore less than runs of which each suffers from a few things (swarm testing).
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "coordinator/base/random.h"
#include "coordinator/node/node.h"
#include "tests/sim/event_queue.h"

namespace vow::sim {

// What a run may suffer from.
enum class Chaos : std::uint8_t {
  loss,
  delay,
  duplication,
  split,
  one_way,
  partial,
  flapping,
  crash,
  power_loss,
  power_loss_of_all,
  pause,
  clock_skew,
  clock_jump,
  slow_disk,
  disk_error,
  sync_failure,
  disk_full,
  bit_flip,
  wipe,
  membership,
  transfer,
  // To those who use a cell.
  process_crash,
  process_pause,
  process_cut,
  database_crash,
  stuck_branch,
  // To all clocks.
  wall_jump,
  leap,
};
inline constexpr std::size_t chaos_count = 28;
[[nodiscard]] const char* to_string(Chaos chaos);
[[nodiscard]] std::optional<Chaos> chaos_named(std::string_view name);

// What is replicated, and who uses it.
enum class Kind : std::uint8_t { registers, cell };
[[nodiscard]] const char* to_string(Kind kind);

// What is taken away from a drawn run, to see whether it still fails.
struct Restrictions {
  std::set<Chaos> without;
  std::optional<std::size_t> nodes_max;
  std::optional<bool> sqlite;
  std::optional<Kind> kind;
  // Whoever looks for a shorter failure wants to hear of no later one.
  std::optional<Time> until;

  [[nodiscard]] bool is_empty() const { return without.empty() && !nodes_max && !sqlite && !kind; }
};
// As arguments of vow_sim; but for `until`, which changes nothing before it.
[[nodiscard]] std::string to_string(const Restrictions& restrictions);

struct NetworkOptions {
  Time latency_min = 0;
  Time latency_spread = 0;
  double loss = 0;
  double duplication = 0;
  double late = 0;  // delayed by up to `late_max`
  Time late_max = 0;
};

struct DiskOptions {
  Time log_min = 0;
  Time log_spread = 0;
  Time snapshot_min = 0;
  Time snapshot_spread = 0;
};

struct WorkloadOptions {
  std::size_t clients = 0;
  std::uint32_t keys = 0;
  Time think = 0;
  std::uint32_t padding_max = 0;  // of a command, in bytes
  Time patience = 0;              // after it an unanswered operation is unknown
};

struct Options {
  std::uint64_t seed = 0;
  Kind kind = Kind::registers;
  std::size_t nodes = 0;
  bool sqlite = false;
  std::set<Chaos> chaos;
  double pace = 1;  // of faults: how much more often than usual
  Time tick = 0;
  Time turn_delay = 0;
  std::uint64_t snapshot_ballast = 0;
  node::Options node;  // but for its own id
  NetworkOptions network;
  DiskOptions disk;
  WorkloadOptions workload;
  std::optional<Time> until;  // the run ends here, whatever is missing
  Time safety = 0;            // how long the phase with faults lasts
  Time liveness = 0;          // within which everything must be finished afterwards

  [[nodiscard]] bool suffers(Chaos what) const { return chaos.contains(what); }
};

[[nodiscard]] Options draw_options(std::uint64_t seed, const Restrictions& restrictions = {});
// One line for traces.
[[nodiscard]] std::string describe(const Options& options);

// Uniform around `mean`, from an eighth to nearly twice of it.
[[nodiscard]] Time around(Random& random, Time mean);

}  // namespace vow::sim
