// The test of the crash tests: with each bug switched on that once was, or could be, in installing a
// snapshot, they must see a promise broken.
#include <gtest/gtest.h>

#include "coordinator/base/plant.h"
#include "tests/storage/snapshot_crashes.h"

namespace vow::storage {
namespace {

class PlantedBug {
 public:
  explicit PlantedBug(const char* name) { plant::active = name; }
  ~PlantedBug() { plant::active = nullptr; }
};

std::optional<std::string> violation_in(const CrashScenario& scenario) {
  for (const auto& search : {crash_at_every_step, fail_at_every_call})
    if (const auto report = search(scenario, 24); report.violation) return report.violation;
  return std::nullopt;
}

TEST(SnapshotPlants, NoneIsFoundWhereNoneIs) {
  EXPECT_EQ(violation_in({.has_older = true, .receives = false}), std::nullopt);
}

class EverySnapshotPlant : public ::testing::TestWithParam<const char*> {};

TEST_P(EverySnapshotPlant, IsFound) {
  const PlantedBug bug(GetParam());
  EXPECT_TRUE(violation_in({.has_older = true, .receives = false}));
  EXPECT_TRUE(violation_in({.has_older = true, .receives = true}));
}

INSTANTIATE_TEST_SUITE_P(Plants, EverySnapshotPlant,
                         ::testing::Values("snapshot_file_not_synced", "snapshot_name_not_synced",
                                           "snapshot_removes_older_first"),
                         [](const auto& bug) { return std::string(bug.param); });

}  // namespace
}  // namespace vow::storage
