// The random world catches these mistakes.
#include <gtest/gtest.h>

#include "coordinator/base/plant.h"
#include "tests/dispatch/delivery_world.h"

namespace vow::dispatch {
namespace {

// Whether some of a few worlds breaks a promise.
bool is_caught() {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    try {
      DeliveryWorld world(seed);
      world.disturb(800);
      world.settle();
    } catch (const CheckFailed&) {
      return true;
    }
  }
  return false;
}

class PlantedDelivery : public ::testing::TestWithParam<const char*> {
 protected:
  PlantedDelivery() { make_checks_throw(); }
  ~PlantedDelivery() override { plant::active = nullptr; }
};

TEST_P(PlantedDelivery, IsCaught) {
  EXPECT_FALSE(is_caught()) << "without the bug";
  plant::active = GetParam();
  EXPECT_TRUE(is_caught());
}

INSTANTIATE_TEST_SUITE_P(Bugs, PlantedDelivery,
                         ::testing::Values("cut_off_unheard", "overdue_reports_awaited",
                                           "report_of_another_action_counts"),
                         [](const auto& bug) { return std::string(bug.param); });

}  // namespace
}  // namespace vow::dispatch
