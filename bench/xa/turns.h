// Two sides that do the same transactions, in turns within one run, so that both meet the same machine.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "bench/commit_load.h"

namespace vow::bench {

// Processor time and syncs since some moment in the past.
struct Used {
  double here_s = 0;
  double servers_s = 0;
  std::uint64_t database_syncs = 0;
  std::uint64_t coordinator_syncs = 0;
};

// Does the nth transaction of a thread; returns once it is committed.
using Transactions = std::function<void(std::size_t thread, std::uint64_t nth)>;

struct Side {
  Transactions transact;
  std::function<Used()> used;
};

struct Figures {
  double per_second = 0;
  double p50 = 0;  // microseconds
  double p99 = 0;
  double p999 = 0;
};

struct Versus {
  Figures ours;
  Figures bare;
  double ratio = 0;  // of transactions/s: the median of the ratios of neighbouring turns
  double p50_ratio = 0;
  double lowest = 0;  // of the ratios
  double highest = 0;
};

// Who goes first alternates.
[[nodiscard]] Versus compare(const Side& ours, const Side& bare, std::size_t threads, std::size_t rounds,
                             std::chrono::milliseconds turn);

// Of one transaction.
struct Cost {
  double here_us = 0;
  double servers_us = 0;
  double database_syncs = 0;
  double coordinator_syncs = 0;
};
[[nodiscard]] Cost cost_of(const Side& side, std::size_t threads, std::chrono::milliseconds length);

}  // namespace vow::bench
