// Steps as people read them.
#include <fmt/format.h>

#include "tests/explore/model.h"
#include "tests/explore/real_leader.h"

namespace vow::explore {

std::string name_of(std::uint8_t preparation) {
  if (preparation == shared_branch) return "b";
  const txn::Preparation one = preparation_of(preparation);
  return fmt::format("{}:{}", one.branch.view(), one.nonce.value());
}

std::string names_of(Set set) {
  std::string names;
  for (std::uint8_t one = 0; one <= shared_branch; ++one) {
    if (!has(set, one)) continue;
    if (!names.empty()) names += ' ';
    names += name_of(one);
  }
  return names.empty() ? "nothing" : names;
}

std::string Model::words(Step step) const {
  const std::string who = step.what == everything ? "" : name_of(step.what);
  const auto leader = [&](const std::string& message) {
    return fmt::format("{} reaches the leader of term {}", message, step.term);
  };
  const auto log = [&](const std::string& entry) {
    return fmt::format("the log takes {} from the leader of term {}", entry, step.term);
  };
  switch (step.kind) {
    case StepKind::enlists:
      return who + " is begun by an instance that enlists";
    case StepKind::prepares:
      return who + " prepares";
    case StepKind::reads_only:
      return who + " only read, and leaves";
    case StepKind::refuses:
      return who + " refuses";
    case StepKind::crashes:
      return who + "'s participant crashes";
    case StepKind::acts_on_commit:
      return who + " is told committed, and commits";
    case StepKind::acts_on_rollback:
      return who + " is told rolled back, and rolls back";
    case StepKind::acts_on_nothing:
      return who + " rolls back by itself";
    case StepKind::makes_durable:
      return who + "'s database writes what it had promised";
    case StepKind::vote:
      return leader("the vote of " + who);
    case StepKind::enlistment:
      return leader("the enlistment of " + who);
    case StepKind::question:
      return leader("the question of " + who + " for its outcome");
    case StepKind::confirmation:
      return leader("the confirmation of " + who);
    case StepKind::commit:
      return leader("commit of " + names_of(step.what));
    case StepKind::rollback:
      return leader("rollback");
    case StepKind::initiator_question:
      return leader("the initiator's question for the outcome");
    case StepKind::watcher_question:
      return leader(step.what == everything ? "a watcher's question" : "a watcher's question for " + who);
    case StepKind::follower_question:
      return fmt::format("a follower that has applied {} entries is asked for {}", step.term,
                         step.what == everything ? "the outcome" : who);
    case StepKind::other_cell_question:
      return who + " asks a coordinator of another cell";
    case StepKind::names:
      return "the initiator asks for commit of " + names_of(step.what);
    case StepKind::deadline_passes:
      return fmt::format("the deadline passes by the clock of term {}", step.term);
    case StepKind::tick:
      return fmt::format("the leader of term {} looks for deadlines", step.term);
    case StepKind::other_is_marked:
      return "another transaction's mark takes the only place";
    case StepKind::other_ends:
      return "the other transaction's deadline passes";
    case StepKind::election:
      return fmt::format("a leader of term {} is elected", step.term);
    case StepKind::takes_up:
      return fmt::format("the leader of term {} takes up what earlier ones left undone", step.term);
    case StepKind::own_entry:
      return log("its own first entry");
    case StepKind::append_decide:
      return log("the decision on " + names_of(step.what));
    case StepKind::append_leftover_decide:
      return log("an earlier leader's decision on " + names_of(step.what));
    case StepKind::append_finish:
      return log("that the decision is finished");
    case StepKind::append_advance:
      return log("that the grace is past");
    case StepKind::append_horizon:
      return log("a horizon beyond the deadline");
    case StepKind::apply:
      return fmt::format("the leader of term {} applies an entry", step.term);
  }
  return "?";
}

}  // namespace vow::explore
