#include "tests/explore/laws.h"

#include <gtest/gtest.h>

namespace vow::explore {
namespace {

constexpr std::uint8_t term = 1;
constexpr std::uint8_t a1 = 0;
constexpr std::uint8_t a2 = 1;
constexpr std::uint8_t b1 = 2;

// The log commits a:1 and b:1, as the initiator asked.
World decided_world() {
  World world;
  world.holds[a1] = world.holds[b1] = Holds::prepared;
  world.has_named = 1;
  world.named = set_of(a1) | set_of(b1);
  world.log[world.log_size++] = {EntryKind::own, term, 0};
  world.log[world.log_size++] = {EntryKind::decide, term, world.named};
  return world;
}
World undecided_world() {
  World world = decided_world();
  world.log_size = 1;
  return world;
}

void expect_kept(const World& world) { EXPECT_NO_THROW(check_laws(world, term)); }
void expect_broken(const World& world) { EXPECT_THROW(check_laws(world, term), Broken); }
template <class Change>
World with(World world, Change change) {
  change(world);
  return world;
}

TEST(TheLaws, AreKeptByWhatIsDecidedToldAndDoneAlike) {
  expect_kept(World());
  expect_kept(undecided_world());
  expect_kept(with(decided_world(), [](World& w) {
    w.said = said_committed;
    w.told_commit = w.named;
    w.told_rollback = set_of(a2);
    w.holds[a1] = w.holds[b1] = Holds::committed;
    w.holds[a2] = Holds::rolled_back;
    w.log[w.log_size++] = {EntryKind::finish, term, 0};
  }));
  expect_kept(with(undecided_world(), [](World& w) {
    w.said = said_rolled_back | said_nothing_to_commit;
    w.told_rollback = w.named;
    w.holds[a1] = Holds::rolled_back;
  }));
}

TEST(TheLaws, OfAtomicity) {
  expect_broken(with(undecided_world(), [](World& w) { w.holds[a1] = Holds::committed; }));
  expect_broken(with(decided_world(), [](World& w) { w.holds[a2] = Holds::committed; }));
  expect_broken(with(decided_world(), [](World& w) { w.holds[b1] = Holds::rolled_back; }));
  expect_broken(with(decided_world(), [](World& w) { w.holds[b1] = Holds::gone; }));
}

TEST(TheLaws, OfTruth) {
  expect_broken(with(undecided_world(), [](World& w) { w.said = said_committed; }));
  expect_broken(with(undecided_world(), [](World& w) { w.told_commit = set_of(a1); }));
  expect_broken(with(decided_world(), [](World& w) { w.said = said_rolled_back; }));
  expect_broken(with(decided_world(), [](World& w) { w.said = said_nothing_to_commit; }));
  expect_broken(with(decided_world(), [](World& w) { w.told_commit = set_of(a2); }));
  expect_broken(with(decided_world(), [](World& w) { w.told_rollback = set_of(b1); }));
}

TEST(TheLaws, OfExactness) {
  expect_broken(with(decided_world(), [](World& w) { w.has_named = 0; }));
  expect_broken(with(decided_world(), [](World& w) { w.named = set_of(a1); }));
  expect_broken(with(decided_world(), [](World& w) { w.named = w.named | set_of(a2); }));
  expect_broken(with(decided_world(), [](World& w) { w.holds[a1] = Holds::nothing; }));
  expect_kept(with(decided_world(), [](World& w) { w.named = set_of(a1) | set_of(shared_branch); }));
  expect_broken(with(decided_world(), [](World& w) { w.holds[a1] = Holds::read_only; }));
  expect_broken(with(decided_world(), [](World& w) { w.holds[a1] = Holds::refused; }));
}

TEST(TheLaws, OfCompleteness) {
  expect_broken(with(decided_world(), [](World& w) {
    w.holds[a1] = Holds::committed;
    w.log[w.log_size++] = {EntryKind::finish, term, 0};
  }));
}

TEST(ADecision, CountsOnlyInAnEntryOfItsOwnTerm) {
  World world = decided_world();
  EXPECT_EQ(decided(world, term), world.named);
  EXPECT_EQ(decided(world, term + 1), std::nullopt);
  world.log[1].kind = EntryKind::leftover_decide;
  EXPECT_EQ(decided(world, term), std::nullopt);
}

}  // namespace
}  // namespace vow::explore
