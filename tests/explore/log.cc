// The replicated log, by what Raft guarantees of it.
#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "tests/explore/laws.h"
#include "tests/explore/model.h"

namespace vow::explore {

Input applying(const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::decide:
      return {InputKind::apply_decide, entry.set};
    case EntryKind::leftover_decide:
      return {InputKind::apply_leftover_decide, entry.set};
    case EntryKind::finish:
      return {InputKind::apply_finish};
    case EntryKind::advance:
      return {InputKind::apply_advance};
    default:
      return {InputKind::apply_horizon};
  }
}

void Model::take_log(World& world, Step step) {
  switch (step.kind) {
    case StepKind::election:
      return elect(world, step.term);
    case StepKind::takes_up:
      world.leader(step.term).elected = 2;
      return (void)feed(world, step.term, {InputKind::take_up});
    case StepKind::own_entry:
      world.leader(step.term).own_entry = 1;
      return append(world, {EntryKind::own, step.term, 0});
    case StepKind::append_decide:
      return append(world, {EntryKind::decide, step.term, step.what});
    case StepKind::append_leftover_decide:
      return append(world, {EntryKind::leftover_decide, step.term, step.what});
    case StepKind::append_finish:
      return append(world, {EntryKind::finish, step.term, 0});
    case StepKind::append_advance:
      return append(world, {EntryKind::advance, step.term, 0});
    case StepKind::append_horizon:
      return append(world, {EntryKind::horizon, step.term, 0});
    default:
      return apply_next(world, step.term);
  }
}

void Model::append(World& world, Entry entry) {
  VOW_CHECK(world.log_size < World::log_max, "the log of {} is too short for this scope", scope_.name);
  world.log[world.log_size++] = entry;
}

void Model::apply_next(World& world, std::uint8_t term) {
  const Entry& entry = world.log[world.leader(term).applied++];
  if (entry.kind != EntryKind::own) (void)feed(world, term, applying(entry));
}

// It has applied all that was committed before, and an entry of its own.
void Model::elect(World& world, std::uint8_t term) {
  Leading& leader = world.leader(term);
  const bool too_early = VOW_PLANTED(answers_before_own_entry);
  if (!too_early) {
    leader.own_entry = 1;
    append(world, {EntryKind::own, term, 0});
  }
  while (leader.applied < world.log_size) apply_next(world, term);
  const bool something_is_left = term > scope_.term && decided(world, scope_.term);
  leader.elected = something_is_left ? 1 : 2;
  (void)feed(world, term, {InputKind::lead});
}

}  // namespace vow::explore
