#include "tests/sim/options.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace vow::sim {
namespace {

constexpr std::array<const char*, chaos_count> names = {
    "loss",         "delay",         "duplication",   "split",       "one_way",
    "partial",      "flapping",      "crash",         "power_loss",  "power_loss_of_all",
    "pause",        "clock_skew",    "clock_jump",    "slow_disk",   "disk_error",
    "sync_failure", "disk_full",     "bit_flip",      "wipe",        "membership",
    "transfer",     "process_crash", "process_pause", "process_cut", "database_crash",
    "stuck_branch", "wall_jump",     "leap"};

std::set<Chaos> draw_chaos(Random& random, const Restrictions& restrictions) {
  // Some runs suffer from nearly everything, some from very little.
  const double share = static_cast<double>(random.between(30, 90)) / 100;
  std::set<Chaos> chosen;
  for (std::size_t i = 0; i < chaos_count; ++i) {
    const auto each = static_cast<Chaos>(i);
    if (random.chance(share) && !restrictions.without.contains(each)) chosen.insert(each);
  }
  return chosen;
}

NetworkOptions draw_network(Random& random, const std::set<Chaos>& chaos) {
  NetworkOptions network;
  network.latency_min = random.between(50, 2'000);
  network.latency_spread = random.between(50, 8'000);
  const double loss = static_cast<double>(random.between(1, 80)) / 1'000;
  const double duplication = static_cast<double>(random.between(1, 80)) / 1'000;
  const double late = static_cast<double>(random.between(1, 20)) / 1'000;
  if (chaos.contains(Chaos::loss)) network.loss = loss;
  if (chaos.contains(Chaos::duplication)) network.duplication = duplication;
  if (chaos.contains(Chaos::delay)) network.late = late;
  network.late_max = random.between(1, 5) * second;
  return network;
}

node::Options draw_node(Random& random, Time tick) {
  node::Options node;
  node.raft.election_ticks = static_cast<std::uint32_t>(random.between(8, 14));
  node.raft.heartbeat_ticks = static_cast<std::uint32_t>(random.between(1, 2));
  node.raft.promotion_lag_max = random.between(10, 1'000);
  node.snapshot_entries = random.chance(0.5) ? random.between(10, 40) : random.between(40, 300);
  node.snapshot_bytes = random.chance(0.3) ? random.between(1'000, 20'000) : std::size_t{1} << 20;
  node.log_keep_entries = random.chance(0.5) ? random.below(5) : random.below(50);
  node.disk_retry_ticks = static_cast<std::uint32_t>(1 + random.below(20 * millisecond * 10 / tick + 1));
  node.transfer_retry_ticks = static_cast<std::uint32_t>(random.between(5, 20));
  return node;
}

}  // namespace

const char* to_string(Kind kind) { return kind == Kind::cell ? "cell" : "registers"; }

const char* to_string(Chaos chaos) { return names[static_cast<std::size_t>(chaos)]; }

std::optional<Chaos> chaos_named(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Chaos>(found - names.begin());
}

std::string to_string(const Restrictions& restrictions) {
  std::string text;
  for (const Chaos each : restrictions.without)
    text += (text.empty() ? "" : ",") + std::string(to_string(each));
  if (!text.empty()) text = " --without " + text;
  if (restrictions.nodes_max) text += fmt::format(" --nodes-max {}", *restrictions.nodes_max);
  if (restrictions.sqlite) text += *restrictions.sqlite ? " --store sqlite" : " --store memory";
  if (restrictions.kind) text += fmt::format(" --world {}", to_string(*restrictions.kind));
  return text;
}

Options draw_options(std::uint64_t seed, const Restrictions& restrictions) {
  Random random(seed);
  Options options;
  options.seed = seed;
  static constexpr std::array<std::size_t, 10> sizes = {1, 2, 3, 3, 3, 4, 5, 5, 6, 7};
  options.nodes = std::min(sizes[random.below(sizes.size())], restrictions.nodes_max.value_or(7));
  options.sqlite = random.below(3) == 0;
  if (restrictions.sqlite) options.sqlite = *restrictions.sqlite;
  Random chaos_random = random.fork();
  options.chaos = draw_chaos(chaos_random, restrictions);
  options.pace = static_cast<double>(random.between(30, 140)) / 100;
  options.tick = random.between(20, 60) * millisecond;
  options.turn_delay = random.chance(0.3) ? 0 : random.between(10, 3'000);
  options.snapshot_ballast = random.chance(0.25) ? random.between(40'000, 200'000) * 8 : 0;
  Random network_random = random.fork();
  options.network = draw_network(network_random, options.chaos);
  options.disk = {random.between(20, 1'000), random.between(100, 8'000), random.between(100, 5'000),
                  random.between(1'000, 60'000)};
  options.node = draw_node(random, options.tick);
  options.workload.clients = random.between(2, 8);
  options.workload.keys = static_cast<std::uint32_t>(random.between(1, 5));
  options.workload.think = random.between(50, 500) * millisecond;
  options.workload.patience = random.between(500, 3'000) * millisecond;
  options.workload.padding_max =
      static_cast<std::uint32_t>(random.chance(0.5) ? 0 : random.between(100, 3'000));
  options.kind = restrictions.kind.value_or(random.chance(0.5) ? Kind::cell : Kind::registers);
  options.safety = random.between(50, 80) * second;
  options.liveness = (options.kind == Kind::cell ? 60 : 30) * second;
  options.until = restrictions.until;
  return options;
}

std::string describe(const Options& options) {
  std::string chaos;
  for (const Chaos each : options.chaos) chaos += std::string(" ") + to_string(each);
  return fmt::format(
      "{}: {} nodes on {}, tick {} us, election {} ticks, snapshot every {} entries keeping {}, {} clients; "
      "suffers from{}",
      to_string(options.kind), options.nodes, options.sqlite ? "sqlite" : "memory", options.tick,
      options.node.raft.election_ticks, options.node.snapshot_entries, options.node.log_keep_entries,
      options.workload.clients, chaos.empty() ? " nothing" : chaos);
}

Time around(Random& random, Time mean) { return random.between(mean / 8, mean * 15 / 8); }

}  // namespace vow::sim
