// Whatever participants do: nothing is lost, nothing is done twice at once, and all ends well.
#include <gtest/gtest.h>

#include "tests/dispatch/delivery_world.h"

namespace vow::dispatch {
namespace {

TEST(DeliveryModel, WhateverHappensAllIsConfirmedInTheEnd) {
  make_checks_throw();
  DeliveryWorld::Seen seen;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    DeliveryWorld world(seed);
    world.disturb(800);
    world.settle();
    seen.confirmed += world.seen().confirmed;
    seen.repeated += world.seen().repeated;
    seen.overdue += world.seen().overdue;
    seen.expired += world.seen().expired;
    seen.cut_off += world.seen().cut_off;
    seen.superseded += world.seen().superseded;
    seen.waited += world.seen().waited;
  }
  EXPECT_GT(seen.confirmed, 10'000u);
  EXPECT_GT(seen.repeated, 10'000u);
  EXPECT_GT(seen.overdue, 1'000u);
  EXPECT_GT(seen.expired, 500u);
  EXPECT_GT(seen.superseded, 1'000u);
  EXPECT_GT(seen.waited, 10'000u);
  EXPECT_GT(seen.cut_off, 200u);
}

}  // namespace
}  // namespace vow::dispatch
