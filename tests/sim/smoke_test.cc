// A quick look at whole runs: seeds that are always the same, seeds that once failed, and the simulator's own
// promise, that a seed says everything about its run.
#include <fstream>
#include <set>
#include <sstream>

#include <gmock/gmock.h>

#include "coordinator/base/check.h"
#include "tests/sim/report.h"
#include "tests/sim/runner.h"

namespace vow::sim {
namespace {

Report run_all(const std::vector<Job>& jobs) {
  Report report;
  run_jobs(jobs, {.processes = 2}, [&](const RunResult& result, const Restrictions&) {
    EXPECT_FALSE(result.failed) << "seed " << result.seed << ": " << result.check << ": " << result.what;
    report.add(result);
    return true;
  });
  return report;
}

TEST(SimSmoke, TheFirstSeedsKeepAllPromisesAndAreNotIdle) {
  std::vector<Job> jobs;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) jobs.push_back({seed, {}});
  const Counters counters = run_all(jobs).counters();
  EXPECT_GE(counters.virtual_us, 60 * 60 * second);
  EXPECT_GE(counters.operations, 20 * 300u);
  EXPECT_GE(counters.transactions, 20 * 100u);
  EXPECT_GE(counters.transactions_committed, 20 * 20u);
  EXPECT_GE(counters.transactions_rolled_back, 20 * 20u);
  EXPECT_GE(counters.crashes, 60 * 3u);
  EXPECT_GE(counters.snapshot_installs, 30u);
  EXPECT_GE(counters.membership_changes, 20u);
}

TEST(SimSmoke, SeedsThatOnceFailedKeepAllPromises) {
  std::ifstream file("tests/sim/regressions.txt");
  ASSERT_TRUE(file.is_open());
  std::vector<Job> jobs;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line.substr(0, line.find('#')));
    if (std::uint64_t seed = 0; words >> seed) jobs.push_back({seed, {}});
  }
  ASSERT_FALSE(jobs.empty());
  EXPECT_EQ(run_all(jobs).seeds(), jobs.size());
}

TEST(SimSmoke, ASeedRunTwiceGivesTheSameTrace) {
  make_checks_throw();
  std::set<std::uint64_t> hashes;
  for (const std::uint64_t which : {0, 1, 2, 3}) {
    Restrictions restrictions;
    restrictions.sqlite = which % 2 == 1;
    restrictions.kind = which < 2 ? Kind::registers : Kind::cell;
    for (std::uint64_t seed = 100; seed < 104; ++seed) {
      const RunResult first = run_seed(seed, restrictions), again = run_seed(seed, restrictions);
      EXPECT_EQ(first.trace_hash, again.trace_hash) << "seed " << seed << to_string(restrictions);
      EXPECT_EQ(first.counters.events, again.counters.events);
      hashes.insert(first.trace_hash);
    }
  }
  EXPECT_EQ(hashes.size(), 16u) << "different runs have different traces";
}

}  // namespace
}  // namespace vow::sim
