// What comes of a step.
#include <fmt/format.h>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "coordinator/txn/resolve.h"
#include "tests/explore/laws.h"
#include "tests/explore/model.h"
#include "tests/explore/real_leader.h"

namespace vow::explore {
namespace {

using txn::Verdict;

InputKind vote_of(Holds holds) {
  if (holds == Holds::read_only) return InputKind::vote_read_only;
  return holds == Holds::refused ? InputKind::vote_refused : InputKind::vote_prepared;
}

Input input_of(const World& world, Step step) {
  switch (step.kind) {
    case StepKind::vote:
      return {vote_of(world.holds[step.what]), step.what};
    case StepKind::enlistment:
      return {InputKind::enlist, step.what};
    case StepKind::question:
      return {InputKind::ask, step.what};
    case StepKind::confirmation: {
      const Holds holds = step.what == shared_branch ? Holds::rolled_back : world.holds[step.what];
      const bool undone =
          holds == Holds::rolled_back || (holds == Holds::gone && !has(world.told_commit, step.what));
      return {undone ? InputKind::confirm_rollback : InputKind::confirm_commit, step.what};
    }
    case StepKind::commit:
      return {InputKind::commit, step.what};
    case StepKind::rollback:
      return {InputKind::rollback};
    case StepKind::initiator_question:
      return {InputKind::ask_all};
    case StepKind::watcher_question:
      return step.what == everything ? Input{InputKind::watch_all} : Input{InputKind::watch, step.what};
    case StepKind::deadline_passes:
      return {InputKind::deadline_passes};
    case StepKind::other_is_marked:
      return {InputKind::other_is_marked};
    case StepKind::other_ends:
      return {InputKind::other_ends};
    default:
      return {InputKind::tick};
  }
}

}  // namespace

Model::Model(const Scope& scope) : scope_(scope) {
  for (std::uint8_t term = 1; term <= terms; ++term)
    memories_[term - 1u] = std::make_unique<Memory>(scope_, term);
  for (std::uint8_t one = 0; one < preparations; ++one) other_cells_answers_[one] = other_cells_answer(one);
}

World Model::first() {
  World world;
  for (std::uint8_t term = 1; term <= scope_.term; ++term) elect(world, term);
  // A leader that is not the last to come needs its own entry, even where a mistake lets it answer before.
  for (std::uint8_t term = 1; term <= scope_.term; ++term) {
    if (world.leader(term).own_entry == 0) world = take(world, {StepKind::own_entry, term, 0});
  }
  return world;
}

World Model::take(const World& before, Step step, std::string* into) {
  World world = before;
  if (into != nullptr) *into = words(step);
  switch (step.kind) {
    case StepKind::enlists:
    case StepKind::prepares:
    case StepKind::reads_only:
    case StepKind::refuses:
    case StepKind::crashes:
    case StepKind::acts_on_commit:
    case StepKind::acts_on_rollback:
    case StepKind::acts_on_nothing:
    case StepKind::makes_durable:
      take_as_participant(world, step);
      break;
    case StepKind::names:
      world.has_named = 1;
      world.named = step.what;
      break;
    case StepKind::follower_question:
    case StepKind::other_cell_question:
      take_question_elsewhere(world, step, into);
      break;
    case StepKind::election:
    case StepKind::takes_up:
    case StepKind::own_entry:
    case StepKind::append_decide:
    case StepKind::append_leftover_decide:
    case StepKind::append_finish:
    case StepKind::append_advance:
    case StepKind::append_horizon:
    case StepKind::apply:
      take_log(world, step);
      break;
    default:
      take_message(world, step, into);
  }
  check_laws(world, scope_.term);
  return world;
}

void Model::take_as_participant(World& world, Step step) {
  Holds& holds = world.holds[step.what];
  switch (step.kind) {
    case StepKind::enlists:
      holds = Holds::working;
      break;
    case StepKind::prepares:
      holds = VOW_PLANTED(votes_before_durable) ? Holds::undurable_prepared : Holds::prepared;
      break;
    case StepKind::reads_only:
      holds = Holds::read_only;
      break;
    case StepKind::refuses:
      holds = Holds::refused;
      break;
    case StepKind::crashes:
      holds = holds == Holds::undurable_committed ? Holds::prepared : Holds::gone;
      break;
    case StepKind::makes_durable:
      holds = holds == Holds::undurable_committed ? Holds::committed : Holds::prepared;
      break;
    case StepKind::acts_on_commit:
      holds = VOW_PLANTED(confirms_before_durable) ? Holds::undurable_committed : Holds::committed;
      break;
    default:
      holds = Holds::rolled_back;
  }
}

void Model::take_message(World& world, Step step, std::string* into) {
  const Input input = input_of(world, step);
  const std::uint16_t before = world.leader(step.term).memory;
  const Verdict verdict = feed(world, step.term, input);
  if (into != nullptr && verdict != Verdict{}) *into += fmt::format(": {}", name(verdict));
  switch (step.kind) {
    case StepKind::vote:
    case StepKind::enlistment:
    case StepKind::question:
      told(world, step.what, verdict);
      break;
    case StepKind::watcher_question:
      if (world.leader(step.term).memory != before)
        throw Broken("a watcher's question changed what a leader remembers");
      if (step.what != everything) {
        told(world, step.what, verdict);
        break;
      }
      [[fallthrough]];
    case StepKind::commit:
    case StepKind::rollback:
    case StepKind::initiator_question:
      world.said = static_cast<std::uint8_t>(world.said | said_bit(verdict));
      break;
    case StepKind::deadline_passes:
      world.deadline_passed = 1;
      break;
    case StepKind::other_is_marked:
      world.leader(step.term).other_marked = 1;
      break;
    case StepKind::other_ends:
      world.leader(step.term).other_marked = 2;
      break;
    default:
      break;
  }
}

void Model::take_question_elsewhere(World& world, Step step, std::string* into) {
  Verdict verdict{};
  if (step.kind == StepKind::other_cell_question) {
    verdict = other_cells_answers_[step.what];
  } else {
    Memory::State state = Memory::empty;
    for (std::uint8_t i = 0; i < step.term; ++i) {
      if (world.log[i].kind != EntryKind::own)
        state = memory(terms).react(state, applying(world.log[i])).next;
    }
    verdict = memory(terms).answer_following(state, step.what, world.log[step.term - 1u].term);
  }
  if (into != nullptr) *into += fmt::format(": {}", name(verdict));
  if (step.what == everything) {
    world.said = static_cast<std::uint8_t>(world.said | said_bit(verdict));
  } else {
    told(world, step.what, verdict);
  }
}

Verdict Model::other_cells_answer(std::uint8_t preparation) const {
  txn::Decisions decisions;
  decisions.found(cell + 1, incarnation);
  constexpr Term later(terms + 1);
  return txn::answer_without_leading(xid_of_term(scope_.term), preparation_of(preparation), decisions, later)
      .verdict;
}

void Model::told(World& world, std::uint8_t preparation, Verdict verdict) {
  if (verdict == Verdict::committed)
    world.told_commit = static_cast<Set>(world.told_commit | set_of(preparation));
  if (verdict == Verdict::rolled_back)
    world.told_rollback = static_cast<Set>(world.told_rollback | set_of(preparation));
  const bool believes = (VOW_PLANTED(rolls_back_on_overloaded) && verdict == Verdict::overloaded) ||
                        (VOW_PLANTED(rolls_back_on_pending) && verdict == Verdict::pending);
  if (believes && world.holds[preparation] == Holds::prepared) world.holds[preparation] = Holds::rolled_back;
}

Verdict Model::feed(World& world, std::uint8_t term, Input input) {
  Leading& leader = world.leader(term);
  const Reaction& reaction = memory(term).react(leader.memory, input);
  if (reaction.complaint != 0) throw Broken(memory(term).complaint(reaction));
  leader.memory = reaction.next;
  if (reaction.proposed != 0) {
    if (leader.proposed != 0) throw Broken("a second decision is proposed for one transaction");
    leader.proposed = reaction.proposed;
  }
  world.told_commit = static_cast<Set>(world.told_commit | reaction.told_commit);
  const Set undo = reaction.told_rollback;
  world.told_rollback = static_cast<Set>(world.told_rollback | (has(undo, shared_branch) ? all_of_b : 0) |
                                         (undo & ~set_of(shared_branch)));
  if (reaction.told_prepare != 0) world.told_prepare = 1;
  world.said = static_cast<std::uint8_t>(world.said | reaction.settled);
  if (reaction.finished) leader.finish = 1;
  ++verdicts_[reaction.verdict];
  return static_cast<Verdict>(reaction.verdict);
}

std::size_t Model::memories() const {
  std::size_t sum = 0;
  for (const auto& one : memories_) sum += one->size();
  return sum;
}

}  // namespace vow::explore
