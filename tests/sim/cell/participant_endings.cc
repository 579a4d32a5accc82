// How a branch ends: by command, or by asking.
#include <fmt/format.h>

#include "coordinator/base/plant.h"
#include "tests/sim/cell/participant.h"
#include "tests/sim/violation.h"

namespace vow::sim::cell {

using txn::Action;
using txn::Verdict;

void Participant::commanded(const dispatch::Command& command) {
  world_.trace.line("{} is to {} {}", name(), txn::name(command.action),
                    brief({command.xid, command.preparation}));
  world_.happened(manners_.policy);
  if (command.attempt > 1) world_.happened(Rare::command_repeated);
  if (command.resource != database_.resource()) {
    throw Violation("a participant is given commands for what it serves",
                    fmt::format("{} is to {} {} at {}", name(), txn::name(command.action),
                                brief({command.xid, command.preparation}), command.resource));
  }
  if (!behaves_ && random_.chance(manners_.fail_command)) {
    world_.happened(Rare::command_failed);
    return tell(command, false, random_.chance(0.3));
  }
  if (!behaves_ && random_.chance(0.02)) return;
  carry_out(command);
}

void Participant::carry_out(const dispatch::Command& command) {
  if (command.action == Action::prepare) return prepare_on_command(command);
  BranchKey key{command.xid, command.preparation};
  // An enlisted branch was not known to have prepared, and may have.
  const BranchKey* unvoted = database_.find_branch(key.xid, key.preparation.branch);
  if (key.preparation.nonce.is_zero() && unvoted != nullptr) key = *unvoted;
  if (database_.is_stuck(key)) {
    world_.happened(Rare::branch_stuck);
    return tell(command, false);
  }
  let_go(key);
  const auto done = mine([this, command] { tell(command, true); });
  const bool commits = command.action == Action::commit;
  const bool found = commits ? database_.commit(key, done) : database_.roll_back(key, done);
  if (found && VOW_PLANTED(acknowledges_before_durable)) return tell(command, true);
  if (found) return;
  // Whoever finds nothing of what is committed finished it before; of what is rolled back nothing need be
  // left.
  if (commits) world_.happened(Rare::commit_found_nothing);
  tell(command, true);
}

void Participant::prepare_on_command(const dispatch::Command& command) {
  const Attempt attempt = attempt_at(command.xid, command.preparation.branch);
  if (Held* held = find(attempt); held != nullptr && held->enlistment != 0) {
    world_.happened(Rare::prepared_on_command);
    held->told_to_prepare = command;
    const bool works = held->stage == Stage::enlisting || held->stage == Stage::enlisted;
    if (works && held->epoch != database_.epoch()) return drop(attempt, false);
    if (works) prepare(attempt);
    return;
  }
  const BranchKey* row = database_.find_branch(command.xid, command.preparation.branch);
  if (row == nullptr || database_.find(*row)->enlistment == 0) return tell(command, false, true);
  recover(*row, command);
}

void Participant::tell(const dispatch::Command& command, bool done, bool elsewhere) {
  report({{.xid = command.xid,
           .preparation = command.preparation,
           .action = command.action,
           .done = done,
           .error = done ? "" : "it did not work",
           .elsewhere = elsewhere}});
}

// Asks about all that has been prepared for a while, by itself or by another instance.
void Participant::doubt() {
  after(around(random_, manners_.in_doubt), [this] {
    end_what_is_over();
    enlist_again();
    for (const BranchKey& key : database_.prepared()) {
      if (world_.clock.now() < database_.find(key)->since + manners_.in_doubt) continue;
      if (!vote_once_more(key)) ask_about(key);
    }
    doubt();
  });
}

// Whoever repeats a vote is told the outcome as well. True if it does.
bool Participant::vote_once_more(const BranchKey& key) {
  const Attempt attempt = attempt_at(key.xid, key.preparation.branch);
  Held* held = find(attempt);
  const bool has_voted =
      held != nullptr && held->stage == Stage::voted && held->nonce == key.preparation.nonce;
  if (!has_voted || !random_.chance(0.4)) return false;
  held->stage = Stage::voting;
  vote_until_answered(attempt);
  return true;
}

void Participant::ask_about(const BranchKey& key) {
  if (database_.is_stuck(key) || !asking_.insert(key).second) return;
  world_.happened(Rare::asked_in_doubt);
  ask_outcome(somebody(), key.xid, key.preparation, txn::Asker::involved,
              [this, key](const std::optional<txn::Answer>& answer) {
                asking_.erase(key);
                outcome_known(key, answer);
              });
}

void Participant::outcome_known(const BranchKey& key, const std::optional<txn::Answer>& answer) {
  if (misread(key, answer) || !answer) return;
  switch (answer->verdict) {
    case Verdict::committed:
      world_.happened(Rare::doubt_committed);
      return finish(key, true);
    case Verdict::rolled_back:
      world_.happened(Rare::doubt_rolled_back);
      return finish(key, false);
    case Verdict::forgotten:
      // Only its bit is left, or not even that. Had it been named, the decision would be on record still.
      world_.happened(Rare::doubt_forgotten);
      return finish(key, false);
    default:
      return;
  }
}

void Participant::finish(const BranchKey& key, bool committed) {
  const Row* row = database_.find(key);
  if (row == nullptr || row->standing != Standing::prepared || database_.is_stuck(key)) return;
  let_go(key);
  (void)(committed ? database_.commit(key, {}) : database_.roll_back(key, {}));
}

void Participant::let_go(const BranchKey& key) {
  const Attempt attempt = attempt_at(key.xid, key.preparation.branch);
  const Held* held = find(attempt);
  if (held == nullptr) return;
  const bool is_it = held->nonce == key.preparation.nonce;
  if (is_it) drop(attempt, held->stage == Stage::voted);
}

}  // namespace vow::sim::cell
