// vow_sim: see arguments.cc for what it can do, and docs/simulator.md for what it is.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <unistd.h>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "tests/sim/arguments.h"
#include "tests/sim/plants.h"
#include "tests/sim/report.h"
#include "tests/sim/runner.h"
#include "tests/sim/shrink.h"

namespace vow::sim {
namespace {

constexpr std::uint64_t seeds_for_sometimes = 200;
constexpr std::chrono::seconds shrink_limit{60};

std::uint64_t fresh_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 16 ^ device()) & 0xffffffffffff;
}

void finish(const Arguments& arguments, const std::string& json) {
  if (!arguments.json.empty()) std::ofstream(arguments.json) << json << '\n';
  fmt::print("{}\n", json);
}

void show_failure(const RunResult& result, const Restrictions& restrictions, const std::string& plant) {
  fmt::print("seed {} FAILED: {}\n  {}\n  again: {} --seed {}{}\n", result.seed, result.check, result.what,
             plant.empty() ? "./dev sim" : "./dev sim --plant " + plant, result.seed,
             to_string(restrictions));
  std::fflush(stdout);
}

// A line now and then on stderr.
class Progress {
 public:
  explicit Progress(std::uint64_t total) : total_(total), interval_(isatty(2) ? 0.2 : 10.0) {}

  void tell(const Report& report) {
    const auto now = std::chrono::steady_clock::now();
    if (std::chrono::duration<double>(now - last_).count() < interval_) return;
    last_ = now;
    fmt::print(stderr, "{}{} of {} seeds, {} failed{}", isatty(2) ? "\r" : "", report.seeds(), total_,
               report.failed().size(), isatty(2) ? "" : "\n");
    std::fflush(stderr);
    told_ = true;
  }
  ~Progress() {
    if (told_ && isatty(2)) fmt::print(stderr, "\n");
  }

 private:
  std::uint64_t total_;
  double interval_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
  bool told_ = false;
};

std::vector<Job> jobs_of(const Arguments& arguments) {
  const std::uint64_t first = arguments.first_seed ? *arguments.first_seed : fresh_seed();
  fmt::print("seeds {} to {}\n", first, first + arguments.seeds - 1);
  std::fflush(stdout);
  std::vector<Job> jobs;
  for (std::uint64_t i = 0; i < arguments.seeds; ++i) jobs.push_back({first + i, arguments.restrictions});
  return jobs;
}

int run_one(const Arguments& arguments) {
  const RunResult result = run_seed(*arguments.seed, arguments.restrictions, stdout);
  Report report;
  report.add(result);
  if (result.failed) show_failure(result, arguments.restrictions, arguments.plant);
  fmt::print("trace #{:016x}, {} events\n", result.trace_hash, result.counters.events);
  if (arguments.plant.empty()) {
    finish(arguments, report.json());
    return result.failed ? 1 : 0;
  }
  finish(arguments, report.json(PlantOutcome{arguments.plant, result.failed, result.check, 1}));
  return result.failed ? 0 : 1;
}

int run_many(const Arguments& arguments) {
  Report report;
  Progress progress(arguments.seeds);
  run_jobs(jobs_of(arguments), {.processes = arguments.jobs},
           [&](const RunResult& result, const Restrictions& restrictions) {
             report.add(result);
             if (result.failed) show_failure(result, restrictions, "");
             progress.tell(report);
             return true;
           });
  if (arguments.rare) {
    for (std::size_t i = 0; i < rare_count; ++i)
      fmt::print("{:>9} times: {}\n", report.sometimes().counts()[i], rare_words[i]);
  }
  bool blind = false;
  if (arguments.seeds >= seeds_for_sometimes && arguments.restrictions.is_empty()) {
    for (const std::string& words : report.sometimes().never_happened()) {
      fmt::print("never in {} seeds: {}\n", report.seeds(), words);
      blind = true;
    }
  }
  finish(arguments, report.json());
  return report.failed().empty() && !blind ? 0 : 1;
}

int run_plant(const Arguments& arguments) {
  Report report;
  Progress progress(arguments.seeds);
  std::optional<Failing> found;
  const RunnerOptions runner{.processes = arguments.jobs};
  run_jobs(jobs_of(arguments), runner, [&](const RunResult& result, const Restrictions& restrictions) {
    report.add(result);
    progress.tell(report);
    if (result.failed) found = Failing{{result.seed, restrictions}, result};
    return !found;
  });
  PlantOutcome outcome{arguments.plant, found.has_value(), {}, report.seeds()};
  if (found) {
    outcome.caught_by = found->result.check;
    if (arguments.shrink) {
      found = shrink(*found, runner, shrink_limit);
      (void)run_seed(found->job.seed, found->job.restrictions, stdout);
    }
    show_failure(found->result, found->job.restrictions, arguments.plant);
  }
  finish(arguments, report.json(outcome));
  return found ? 0 : 1;
}

int list_plants() {
  for (const Plant& plant : plants()) {
    const bool elsewhere = plant.catcher == Plant::Catcher::others;
    fmt::print("{:36} {}{}\n", plant.name, plant.words, elsewhere ? " (caught by other tests)" : "");
  }
  return 0;
}

// Looks for it where it shows.
bool plant_bug([[maybe_unused]] Arguments& arguments) {
#ifdef VOW_PLANTS
  for (const Plant& plant : plants()) {
    if (arguments.plant != plant.name) continue;
    plant::active = plant.name;
    if (!arguments.restrictions.kind) arguments.restrictions.kind = plant.world();
    return true;
  }
  fmt::print(stderr, "vow_sim: there is no planted bug '{}': see --list-plants\n", arguments.plant);
#else
  fmt::print(stderr, "vow_sim: no bugs are compiled into this program: use vow_sim_planted\n");
#endif
  return false;
}

int run(Arguments arguments) {
  if (arguments.help) return fmt::print("{}", usage), 0;
  if (arguments.list_plants) return list_plants();
  if (!arguments.plant.empty() && !plant_bug(arguments)) return 2;
  make_checks_throw();
  if (arguments.seed) return run_one(arguments);
  return arguments.plant.empty() ? run_many(arguments) : run_plant(arguments);
}

}  // namespace
}  // namespace vow::sim

int main(int argc, char** argv) {
  const auto arguments = vow::sim::parse(argc, argv);
  if (!arguments) {
    fmt::print(stderr, "vow_sim: {}\n", arguments.error());
    return 2;
  }
  return vow::sim::run(*arguments);
}
