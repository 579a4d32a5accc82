#include "bench/xa/turns.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "bench/measure.h"
#include "bench/options.h"

namespace vow::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

enum class Phase : std::uint8_t { warming_up, measured, over };

// What the threads of a turn share.
struct Turn {
  const Transactions& transact;
  std::atomic<Phase> phase{Phase::warming_up};
  std::atomic<std::uint64_t> done{0};
};

// Those that began and ended while it was measured.
Latencies repeat(Turn& turn, std::size_t thread) {
  Latencies latencies;
  try {
    for (std::uint64_t nth = 0;; ++nth) {
      const Phase at_first = turn.phase;
      if (at_first == Phase::over) return latencies;
      const auto begin = Clock::now();
      turn.transact(thread, nth);
      if (turn.phase != Phase::measured) continue;
      ++turn.done;
      if (at_first == Phase::measured)
        latencies.add(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
    }
  } catch (const std::exception& why) {
    stop(std::string("a transaction failed: ") + why.what());
  }
}

struct Measured {
  double per_second = 0;
  std::uint64_t done = 0;
  Latencies latencies;
  Used before;
  Used after;
};

Measured measure(const Side& side, std::size_t threads, milliseconds warm_up, milliseconds length) {
  Turn turn{side.transact};
  std::vector<Latencies> latencies(threads);
  std::vector<std::thread> running;
  for (std::size_t i = 0; i < threads; ++i)
    running.emplace_back([&turn, &latencies, i] { latencies[i] = repeat(turn, i); });
  std::this_thread::sleep_for(warm_up);
  Measured measured;
  measured.before = side.used();
  const auto begin = Clock::now();
  turn.phase = Phase::measured;
  std::this_thread::sleep_for(length);
  turn.phase = Phase::over;
  const std::chrono::duration<double> seconds = Clock::now() - begin;
  measured.after = side.used();
  for (std::thread& each : running) each.join();
  measured.done = turn.done;
  measured.per_second = static_cast<double>(measured.done) / seconds.count();
  for (const Latencies& each : latencies) measured.latencies.merge(each);
  return measured;
}

// The turns of one side.
struct Taken {
  std::vector<double> per_second;
  std::vector<double> p50;
  Latencies latencies;

  void add(Measured turn) {
    per_second.push_back(turn.per_second);
    p50.push_back(turn.latencies.quantile(0.5));
    latencies.merge(turn.latencies);
  }
  [[nodiscard]] Figures figures() {
    return {median(per_second), median(p50), latencies.quantile(0.99), latencies.quantile(0.999)};
  }
};

std::vector<double> ratios(const std::vector<double>& ones, const std::vector<double>& others) {
  std::vector<double> all(ones.size());
  std::transform(ones.begin(), ones.end(), others.begin(), all.begin(), std::divides<>());
  return all;
}

}  // namespace

Versus compare(const Side& ours, const Side& bare, std::size_t threads, std::size_t rounds,
               milliseconds turn) {
  Taken taken_by_us;
  Taken taken_bare;
  const auto take = [&](const Side& side, Taken& into) {
    into.add(measure(side, threads, turn / 10, turn - turn / 10));
  };
  for (std::size_t i = 0; i < rounds; ++i) {
    const bool we_go_first = i % 2 == 0;
    if (we_go_first) take(ours, taken_by_us);
    take(bare, taken_bare);
    if (!we_go_first) take(ours, taken_by_us);
  }
  const std::vector<double> all = ratios(taken_by_us.per_second, taken_bare.per_second);
  return {taken_by_us.figures(),
          taken_bare.figures(),
          median(all),
          median(ratios(taken_by_us.p50, taken_bare.p50)),
          *std::min_element(all.begin(), all.end()),
          *std::max_element(all.begin(), all.end())};
}

// PostgreSQL counts a session's syncs about a second later: the first ones are those of before, and as many.
Cost cost_of(const Side& side, std::size_t threads, milliseconds length) {
  const Measured all = measure(side, threads, std::max(length / 3, milliseconds(1'500)), length);
  const auto of_one = [&](double whole) { return whole / static_cast<double>(all.done); };
  const auto syncs = [&](std::uint64_t after, std::uint64_t before) {
    return of_one(static_cast<double>(after - before));
  };
  return {of_one((all.after.here_s - all.before.here_s) * 1e6),
          of_one((all.after.servers_s - all.before.servers_s) * 1e6),
          syncs(all.after.database_syncs, all.before.database_syncs),
          syncs(all.after.coordinator_syncs, all.before.coordinator_syncs)};
}

}  // namespace vow::bench
