// What may happen next.
#include "coordinator/base/plant.h"
#include "tests/explore/model.h"

namespace vow::explore {
namespace {

bool was_prepared(Holds holds) {
  return holds == Holds::prepared || holds == Holds::committed || holds == Holds::rolled_back ||
         holds == Holds::undurable_prepared || holds == Holds::undurable_committed;
}

bool is_undurable(Holds holds) {
  return holds == Holds::undurable_prepared || holds == Holds::undurable_committed;
}

// It has done what it was told, or finds nothing left of what it voted for.
bool has_ended(Holds holds) {
  return holds == Holds::committed || holds == Holds::undurable_committed || holds == Holds::rolled_back ||
         holds == Holds::gone;
}

// No instance holds the shared branch any more, and one did.
bool shared_branch_is_undone(const World& world) {
  bool was_held = false;
  for (std::uint8_t one = 2; one < preparations; ++one) {
    const Holds holds = world.holds[one];
    if (holds == Holds::working || holds == Holds::prepared || is_undurable(holds)) return false;
    was_held = was_held || holds != Holds::nothing;
  }
  return was_held;
}

bool log_has(const World& world, EntryKind kind) {
  for (std::uint8_t i = 0; i < world.log_size; ++i) {
    if (world.log[i].kind == kind) return true;
  }
  return false;
}

// Whose entries the log still takes.
bool may_append(const World& world, std::uint8_t term) {
  for (std::uint8_t higher = static_cast<std::uint8_t>(term + 1); higher <= terms; ++higher) {
    if (world.leader(higher).own_entry != 0) return false;
  }
  return world.log_size < World::log_max;
}

}  // namespace

bool Model::is_there(std::uint8_t preparation) const {
  return preparation % 2 < (preparation < 2 ? scope_.nonces_a : scope_.nonces_b);
}

void Model::possible(const World& world, std::vector<Step>& steps) const {
  steps.clear();
  possible_for_participants(world, steps);
  possible_names(world, steps);
  for (std::uint8_t term = 1; term <= terms; ++term) {
    if (world.leader(term).elected != 0) possible_messages(world, term, steps);
  }
  for (std::uint8_t one = 0; one < preparations; ++one) {
    if (!was_prepared(world.holds[one])) continue;
    steps.push_back({StepKind::other_cell_question, 0, one});
    for (std::uint8_t entries = 1; entries <= world.log_size; ++entries)
      steps.push_back({StepKind::follower_question, entries, one});
  }
  for (std::uint8_t entries = 1; entries <= world.log_size; ++entries)
    steps.push_back({StepKind::follower_question, entries, everything});
  possible_for_log(world, steps);
}

void Model::possible_for_participants(const World& world, std::vector<Step>& steps) const {
  for (std::uint8_t one = 0; one < preparations; ++one) {
    if (!is_there(one)) continue;
    const auto may = [&](StepKind kind) { steps.push_back({kind, 0, one}); };
    const Holds holds = world.holds[one];
    const bool is_shared = scope_.shared && one >= 2;
    const bool may_prepare =
        is_shared ? holds == Holds::working && world.told_prepare != 0 : holds == Holds::nothing;
    if (is_shared && holds == Holds::nothing) may(StepKind::enlists);
    if (may_prepare) {
      may(StepKind::prepares);
      if (scope_.ballots) may(StepKind::reads_only);
      if (scope_.ballots) may(StepKind::refuses);
    }
    if (holds == Holds::working || is_undurable(holds)) may(StepKind::crashes);
    if (is_undurable(holds)) may(StepKind::makes_durable);
    if (holds != Holds::prepared && holds != Holds::undurable_prepared) continue;
    if (has(world.told_commit, one)) may(StepKind::acts_on_commit);
    if (has(world.told_rollback, one)) may(StepKind::acts_on_rollback);
    if (VOW_PLANTED(rolls_back_on_timeout)) may(StepKind::acts_on_nothing);
  }
}

// The initiator names what its calls returned to it, at most one preparation of each branch, and once.
void Model::possible_names(const World& world, std::vector<Step>& steps) const {
  if (world.has_named != 0) return;
  std::vector<Set> of_a{0};
  std::vector<Set> of_b{0};
  for (std::uint8_t one = 0; one < preparations; ++one) {
    if (world.holds[one] == Holds::nothing || world.holds[one] == Holds::gone) continue;
    const bool is_shared = scope_.shared && one >= 2;
    (one < 2 ? of_a : of_b).push_back(set_of(is_shared ? shared_branch : one));
    if (is_shared) break;
  }
  for (const Set a : of_a) {
    for (const Set b : of_b) steps.push_back({StepKind::names, 0, static_cast<std::uint8_t>(a | b)});
  }
}

void Model::possible_messages(const World& world, std::uint8_t term, std::vector<Step>& steps) const {
  const auto may = [&](StepKind kind, std::uint8_t what) { steps.push_back({kind, term, what}); };
  for (std::uint8_t one = 0; one < preparations; ++one) {
    const Holds holds = world.holds[one];
    if (holds == Holds::nothing) continue;
    const bool enlists = holds == Holds::working || (scope_.late_enlistments && holds != Holds::nothing);
    if (scope_.shared && one >= 2 && enlists) may(StepKind::enlistment, one);
    if (was_prepared(holds) || holds == Holds::read_only || holds == Holds::refused) may(StepKind::vote, one);
    if (was_prepared(holds)) may(StepKind::question, one);
    if (was_prepared(holds)) may(StepKind::watcher_question, one);
    if (has_ended(holds)) may(StepKind::confirmation, one);
  }
  if (scope_.shared && shared_branch_is_undone(world)) may(StepKind::confirmation, shared_branch);
  if (world.has_named != 0) may(StepKind::commit, world.named);
  may(StepKind::rollback, everything);
  may(StepKind::initiator_question, everything);
  may(StepKind::watcher_question, everything);
}

void Model::possible_for_log(const World& world, std::vector<Step>& steps) const {
  if (world.deadline_passed == 0) steps.push_back({StepKind::deadline_passes, scope_.term, 0});
  steps.push_back({StepKind::tick, scope_.term, 0});
  if (scope_.capped && world.deadline_passed == 0) {
    const std::uint8_t other = world.leader(scope_.term).other_marked;
    if (other == 0) steps.push_back({StepKind::other_is_marked, scope_.term, 0});
    if (other == 1) steps.push_back({StepKind::other_ends, scope_.term, 0});
  }
  for (std::uint8_t term = 1; term <= scope_.last_term; ++term) {
    const auto may = [&](StepKind kind, std::uint8_t what = 0) { steps.push_back({kind, term, what}); };
    const Leading& leader = world.leader(term);
    const bool appends = may_append(world, term);
    if (leader.elected == 0) {
      if (appends) may(StepKind::election);
      continue;
    }
    if (leader.elected == 1) may(StepKind::takes_up);
    if (leader.applied < world.log_size && world.log[leader.applied].term <= term) may(StepKind::apply);
    if (!appends) continue;
    if (leader.own_entry == 0) {
      may(StepKind::own_entry);
      continue;
    }
    const bool is_decided = log_has(world, EntryKind::decide);
    if (leader.proposed != 0 && !is_decided) may(StepKind::append_decide, leader.proposed);
    const Set left_over = world.leader(scope_.term).proposed;
    if (term > scope_.term && left_over != 0 && !is_decided && !log_has(world, EntryKind::leftover_decide))
      may(StepKind::append_leftover_decide, left_over);
    if (leader.finish != 0 && !log_has(world, EntryKind::finish)) may(StepKind::append_finish);
    const bool time_is_there = term != scope_.term || world.deadline_passed != 0;
    const bool knows_all = leader.applied == world.log_size;
    if (!scope_.forgetting || !time_is_there || !knows_all || !log_has(world, EntryKind::finish)) continue;
    if (!log_has(world, EntryKind::advance)) {
      may(StepKind::append_advance);
    } else if (!log_has(world, EntryKind::horizon)) {
      may(StepKind::append_horizon);
    }
  }
}

}  // namespace vow::explore
