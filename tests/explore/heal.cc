// Liveness: from any world, once nothing fails any more, everything ends by itself.
#include <fmt/format.h>

#include "tests/explore/laws.h"
#include "tests/explore/model.h"

namespace vow::explore {
namespace {

// More than any world needs: vote, decide, commit, confirm, finish, forget.
constexpr int rounds = 6;

bool is_forgotten(const World& world) {
  for (std::uint8_t i = 0; i < world.log_size; ++i) {
    if (world.log[i].kind == EntryKind::advance) return true;
  }
  return false;
}

}  // namespace

void Model::heal(World world, bool fail_over) {
  std::uint8_t term = 1;
  for (std::uint8_t higher = 1; higher <= terms; ++higher) {
    if (world.leader(higher).elected != 0) term = higher;
  }
  if (fail_over && term++ == scope_.last_term) return;
  try {
    if (fail_over) world = take(world, {StepKind::election, term, 0});
    if (world.leader(term).own_entry == 0) world = take(world, {StepKind::own_entry, term, 0});
    if (world.leader(term).elected == 1) world = take(world, {StepKind::takes_up, term, 0});
    for (int round = 0; round < rounds; ++round) heal_once(world, term);
  } catch (const Broken&) {
    return;  // these are steps like any other: the search breaks the same law with a way that shows them
  }
  check_end(world, term);
}

void Model::check_end(const World& world, std::uint8_t term) const {
  const Set named = decided(world, scope_.term).value_or(0);
  for (std::uint8_t one = 0; one < preparations; ++one) {
    if (world.holds[one] != Holds::prepared && world.holds[one] != Holds::working) continue;
    // What asks so late that only a bit is left waits for an operator (docs/protocol.md, "Forgetting").
    if (is_forgotten(world) && !has(named, one)) continue;
    throw Broken(fmt::format("{} stays prepared for ever", name_of(one)));
  }
  const std::uint16_t last = world.leader(term).memory;
  if (!memory(term).is_idle(last))
    throw Broken(
        fmt::format("the leader of term {} never comes to an end: {}", term, memory(term).words(last)));
}

void Model::heal_once(World& world, std::uint8_t term) {
  std::vector<Step>& steps = healing_steps_;
  // Time and the log.
  if (term == scope_.term) {
    if (world.leader(term).other_marked == 1) world = take(world, {StepKind::other_ends, term, 0});
    if (world.deadline_passed == 0) world = take(world, {StepKind::deadline_passes, term, 0});
    world = take(world, {StepKind::tick, term, 0});
  }
  steps.clear();
  possible_for_log(world, steps);
  for (const Step& step : steps) {
    const bool helps = step.kind == StepKind::append_decide || step.kind == StepKind::append_finish;
    if (helps && step.term == term) world = take(world, step);
  }
  while (world.leader(term).applied < world.log_size) world = take(world, {StepKind::apply, term, 0});
  // Participants ask, obey and confirm.
  for (std::uint8_t one = 0; one < preparations; ++one) {
    if (world.holds[one] == Holds::prepared) world = take(world, {StepKind::question, term, one});
  }
  steps.clear();
  possible_for_participants(world, steps);
  for (const Step& step : steps) {
    const bool helps = step.kind == StepKind::acts_on_commit || step.kind == StepKind::acts_on_rollback ||
                       step.kind == StepKind::makes_durable ||
                       (step.kind == StepKind::crashes && world.holds[step.what] == Holds::working);
    if (helps) world = take(world, step);
  }
  steps.clear();
  possible_messages(world, term, steps);
  for (const Step& step : steps) {
    if (step.kind == StepKind::confirmation) world = take(world, step);
  }
}

}  // namespace vow::explore
