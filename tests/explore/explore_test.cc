// The small scopes, to their end: no law is broken, and the exploration is not blind.
#include <set>
#include <string>

#include <gmock/gmock.h>

#include "coordinator/base/check.h"
#include "tests/explore/search.h"

namespace vow::explore {
namespace {

std::string story(const Explored& explored) {
  std::string story;
  if (!explored.finding) return story;
  for (const std::string& step : explored.finding->steps) story += "  " + step + "\n";
  return story + explored.finding->law;
}

// Run once for all tests.
const std::vector<Explored>& quick_explorations() {
  static const std::vector<Explored> all = [] {
    make_checks_throw();
    std::vector<Explored> explored;
    for (const Scope& scope : quick_scopes()) explored.push_back(explore(scope, {}));
    return explored;
  }();
  return all;
}

TEST(TheSmallScopes, BreakNoLaw) {
  for (const Explored& explored : quick_explorations()) {
    EXPECT_FALSE(explored.finding) << explored.scope << "\n" << story(explored);
    EXPECT_TRUE(explored.complete) << explored.scope;
  }
}

TEST(TheSmallScopes, ComeToAsManyWorldsAsEver) {
  std::uint64_t states = 0;
  for (const Explored& explored : quick_explorations()) {
    EXPECT_GT(explored.states, 1'000u) << explored.scope;
    EXPECT_GT(explored.steps, explored.states) << explored.scope;
    states += explored.states;
  }
  EXPECT_GT(states, 100'000u);
}

TEST(TheSmallScopes, ShowEveryKindOfStep) {
  // These happen only with a planted mistake, or change nothing without one.
  const std::set<StepKind> idle = {StepKind::acts_on_nothing, StepKind::makes_durable,
                                   StepKind::other_cell_question, StepKind::own_entry};
  for (std::size_t i = 0; i < step_kinds; ++i) {
    const auto kind = static_cast<StepKind>(i);
    std::uint64_t seen = 0;
    for (const Explored& explored : quick_explorations()) seen += explored.steps_of_kind[i];
    EXPECT_EQ(seen == 0, idle.contains(kind)) << "kind " << i;
  }
}

TEST(TheSmallScopes, HearEveryVerdictThatALeaderMayGive) {
  using txn::Verdict;
  for (const Verdict verdict :
       {Verdict::committed, Verdict::rolled_back, Verdict::nothing_to_commit, Verdict::forgotten,
        Verdict::taken, Verdict::pending, Verdict::open, Verdict::ask_leader, Verdict::overloaded}) {
    std::uint64_t heard = 0;
    for (const Explored& explored : quick_explorations())
      heard += explored.verdicts[static_cast<std::size_t>(verdict)];
    EXPECT_GT(heard, 0u) << name(verdict);
  }
}

TEST(AnExplorationThatIsCutShort, DoesNotCallItselfComplete) {
  SearchOptions options;
  options.states_max = 500;
  EXPECT_FALSE(explore(quick_scopes().front(), options).complete);
}

}  // namespace
}  // namespace vow::explore
