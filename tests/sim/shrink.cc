#include "tests/sim/shrink.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace vow::sim {
namespace {

constexpr std::uint64_t seeds_each = 24;

// What is broken during the phase of safety can be looked for there alone.
std::optional<Time> horizon(const Failing& found) {
  const Options options = draw_options(found.job.seed, found.job.restrictions);
  const Time ended = found.result.counters.virtual_us;
  return ended < options.safety ? std::optional(ended) : std::nullopt;
}

// The shortest failure among the given seed and some others.
std::optional<Failing> shortest(const Job& job, const RunnerOptions& options) {
  std::vector<Job> jobs = {job};
  Random random(job.seed);
  for (std::uint64_t i = 0; i < seeds_each; ++i) jobs.push_back({random.below(1'000'000), job.restrictions});
  std::optional<Failing> best;
  run_jobs(jobs, options, [&](const RunResult& result, const Restrictions& restrictions) {
    if (result.failed && (!best || result.counters.events < best->result.counters.events))
      best = Failing{{result.seed, restrictions}, result};
    return true;
  });
  return best;
}

std::vector<Restrictions> narrower(const Restrictions& from) {
  std::vector<Restrictions> all;
  for (std::size_t i = 0; i < chaos_count; ++i) {
    Restrictions next = from;
    if (next.without.insert(static_cast<Chaos>(i)).second) all.push_back(next);
  }
  const std::size_t nodes = from.nodes_max.value_or(8);
  for (const std::size_t fewer : {std::size_t{3}, std::size_t{2}, std::size_t{1}}) {
    Restrictions next = from;
    next.nodes_max = fewer;
    if (fewer < nodes) all.push_back(next);
  }
  return all;
}

}  // namespace

Failing shrink(Failing found, const RunnerOptions& options, std::chrono::seconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  // Each restriction is tried on top of those that were kept.
  for (const Restrictions& step : narrower({})) {
    if (std::chrono::steady_clock::now() > end) break;
    Job job = found.job;
    job.restrictions.without.insert(step.without.begin(), step.without.end());
    if (step.nodes_max) job.restrictions.nodes_max = step.nodes_max;
    job.restrictions.until = horizon(found);
    const std::optional<Failing> shorter = shortest(job, options);
    if (shorter && shorter->result.counters.events <= found.result.counters.events) found = *shorter;
    found.job.restrictions.until.reset();
  }
  return found;
}

}  // namespace vow::sim
