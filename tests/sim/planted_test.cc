// The test of the tests: with each planted bug switched on, some checker fires within a few hundred seeds;
// with none, none does.
#include <ostream>

#include <gmock/gmock.h>

#include "coordinator/base/plant.h"
#include "tests/sim/plants.h"
#include "tests/sim/runner.h"

namespace vow::sim {

void PrintTo(const Plant& plant, std::ostream* out) { *out << plant.name; }

namespace {

constexpr std::uint64_t seeds_max = 400;
constexpr RunnerOptions runner{.processes = 2};

std::vector<Job> seeds(std::uint64_t first, std::uint64_t count, std::optional<Kind> world) {
  Restrictions restrictions;
  restrictions.kind = world;
  std::vector<Job> jobs;
  for (std::uint64_t i = 0; i < count; ++i) jobs.push_back({first + i, restrictions});
  return jobs;
}

// Those that runs of whole cells must catch.
std::vector<Plant> plants_here() {
  std::vector<Plant> here(plants().begin(), plants().end());
  std::erase_if(here, [](const Plant& plant) { return plant.catcher == Plant::Catcher::others; });
  return here;
}

class Planted : public ::testing::TestWithParam<Plant> {
 protected:
  ~Planted() override { plant::active = nullptr; }
};

TEST_P(Planted, IsCaught) {
  plant::active = GetParam().name;
  std::uint64_t tried = 0;
  bool caught = false;
  run_jobs(seeds(1'000'000, seeds_max, GetParam().world()), runner,
           [&](const RunResult& result, const Restrictions&) {
             ++tried;
             caught = caught || result.failed;
             return !caught;
           });
  EXPECT_TRUE(caught) << "not within " << tried << " seeds: " << GetParam().words;
}

INSTANTIATE_TEST_SUITE_P(Plants, Planted, ::testing::ValuesIn(plants_here()),
                         [](const auto& each) { return std::string(each.param.name); });

TEST(PlantedNone, WithoutABugSwitchedOnNothingIsCaught) {
  run_jobs(seeds(2'000'000, 60, std::nullopt), runner, [&](const RunResult& result, const Restrictions&) {
    EXPECT_FALSE(result.failed) << "seed " << result.seed << ": " << result.check << ": " << result.what;
    return true;
  });
}

}  // namespace
}  // namespace vow::sim
