// That looking up what a leader does is as good as running it: over random histories, the numbered states
// react as one long-lived leader does.
#include "tests/explore/memory.h"

#include <ostream>

#include <gtest/gtest.h>

#include "coordinator/base/random.h"
#include "tests/explore/real_leader.h"

namespace vow::explore {

void PrintTo(const Scope& scope, std::ostream* out) { *out << scope.name; }

namespace {

// Inputs as they may come: a decision is applied once it was proposed, a finish once all have confirmed.
class Walk {
 public:
  Walk(const Scope& scope, Random& random) : scope_(scope), random_(random) {}

  [[nodiscard]] Input next() {
    while (true) {
      const Input input = any();
      if (is_possible(input)) return input;
    }
  }
  void saw(Input input, const Reaction& reaction) {
    if (input.kind == InputKind::apply_decide) decided_ = true;
    if (input.kind == InputKind::apply_finish) recorded_ = true;
    if (input.kind == InputKind::apply_advance) dropped_ = true;
    if (reaction.proposed != 0) proposed_ = reaction.proposed;
    finished_ = finished_ || reaction.finished;
  }

 private:
  // Rather what leads on than what ends it all.
  [[nodiscard]] Input any() {
    const auto preparation = static_cast<std::uint8_t>(random_.below(preparations));
    if (random_.chance(0.25)) return {InputKind::vote_prepared, static_cast<std::uint8_t>(preparation & 2)};
    if (random_.chance(0.08)) return {InputKind::commit, random_.chance(0.5) ? Set{0b00101} : Set{0b10001}};
    if (random_.chance(0.1)) return {InputKind::enlist, 2};
    if (random_.chance(0.2)) return {InputKind::confirm_commit, static_cast<std::uint8_t>(preparation & 2)};
    const auto kind = static_cast<InputKind>(random_.below(input_count / inputs_per_kind));
    const bool ends_it = kind == InputKind::deadline_passes || kind == InputKind::rollback ||
                         kind == InputKind::ask || kind == InputKind::ask_all ||
                         kind == InputKind::vote_refused;
    if (ends_it && random_.chance(0.9)) return {InputKind::tick};
    if (kind == InputKind::commit) return {kind, static_cast<Set>(random_.below(32))};
    if (kind < InputKind::commit) return {kind, preparation};
    if (kind == InputKind::apply_decide || kind == InputKind::apply_leftover_decide) return {kind, proposed_};
    return {kind};
  }
  [[nodiscard]] bool is_possible(Input input) const {
    switch (input.kind) {
      case InputKind::enlist:
        return scope_.shared && input.what >= 2;
      case InputKind::apply_decide:
        return proposed_ != 0 && !decided_;
      case InputKind::apply_leftover_decide:
        return proposed_ != 0;
      case InputKind::apply_finish:
        return finished_;
      case InputKind::apply_advance:
        return recorded_;
      case InputKind::apply_horizon:
        return dropped_;
      case InputKind::other_is_marked:
      case InputKind::other_ends:
        return scope_.capped;
      default:
        return input.kind != InputKind::lead && input.kind != InputKind::take_up;
    }
  }

  const Scope scope_;
  Random& random_;
  Set proposed_ = 0;
  bool decided_ = false;
  bool finished_ = false;
  bool recorded_ = false;
  bool dropped_ = false;
};

void expect_same(const Reaction& looked_up, const Reaction& run) {
  ASSERT_EQ(looked_up.complaint, 0);
  ASSERT_EQ(looked_up.verdict, run.verdict);
  ASSERT_EQ(looked_up.settled, run.settled);
  ASSERT_EQ(looked_up.proposed, run.proposed);
  ASSERT_EQ(looked_up.told_commit, run.told_commit);
  ASSERT_EQ(looked_up.told_rollback, run.told_rollback);
  ASSERT_EQ(looked_up.told_prepare, run.told_prepare);
  ASSERT_EQ(looked_up.finished, run.finished);
}

class ALeadersMemory : public ::testing::TestWithParam<Scope> {};

TEST_P(ALeadersMemory, ReactsAsTheLeaderItselfDoes) {
  make_checks_throw();
  const Scope scope = GetParam();
  Random random(1);
  Memory memory(scope, scope.term);
  std::size_t proposed = 0;
  std::size_t finished = 0;
  for (int walks = 0; walks < 4'000; ++walks) {
    Walk walk(scope, random);
    RealLeader run(scope, scope.term);
    (void)run.feed({InputKind::lead});
    Memory::State state = memory.react(Memory::empty, {InputKind::lead}).next;
    for (int steps = 0; steps < 40; ++steps) {
      const Input input = walk.next();
      const Reaction looked_up = memory.react(state, input);
      ASSERT_NO_FATAL_FAILURE(expect_same(looked_up, run.feed(input)))
          << "walk " << walks << ", step " << steps;
      state = looked_up.next;
      walk.saw(input, looked_up);
      proposed += looked_up.proposed != 0 ? 1 : 0;
      finished += looked_up.finished ? 1 : 0;
    }
  }
  EXPECT_GT(proposed, 200u) << "the walks no longer lead anywhere";
  EXPECT_GT(finished, 50u);
}

INSTANTIATE_TEST_SUITE_P(Scopes, ALeadersMemory,
                         ::testing::ValuesIn(quick_scopes().begin(), quick_scopes().end()),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace vow::explore
