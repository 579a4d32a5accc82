// How a branch comes to be prepared, and its vote.
#include "tests/sim/cell/participant.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "coordinator/base/plant.h"

namespace vow::sim::cell {

using txn::Ballot;
using txn::Verdict;
using Kind = WorkRequest::Kind;

void Participant::started() {
  keep_session({{database_.resource(), manners_.weight}});
  // Whether it had voted for what it finds prepared it cannot remember: it votes once more, or asks.
  for (const BranchKey& key : database_.prepared()) {
    if (database_.find(key)->owner != id()) continue;
    if (random_.chance(0.5))
      recover(key, std::nullopt);
    else
      ask_about(key);
  }
  doubt();
}

// Prepared, and crashed before the vote or its answer: what the row says is enough to vote.
void Participant::recover(const BranchKey& key, const std::optional<dispatch::Command>& told_to_prepare) {
  world_.happened(Rare::vote_recovered);
  const Attempt attempt = next_attempt_++;
  Held& held = held_[attempt];
  held.enlistment = database_.find(key)->enlistment;
  held.request.xid = key.xid;
  held.request.branch = key.preparation.branch;
  held.request.kind = held.enlistment != 0 ? Kind::shared : Kind::writes;
  held.stage = Stage::voting;
  held.nonce = key.preparation.nonce;
  held.epoch = database_.epoch();
  held.told_to_prepare = told_to_prepare;
  vote_until_answered(attempt);
}

void Participant::crashed() {
  Client::crashed();
  held_.clear();
  asking_.clear();
}

bool Participant::is_past(const txn::Xid& xid) const { return leader_clock_ms() >= xid.deadline_ms(); }

void Participant::work(const WorkRequest& request, std::function<void(WorkReply)> reply) {
  // Who does not know the time starts nothing.
  if (leader_clock_ms() == 0 || is_past(request.xid)) {
    world_.happened(Rare::work_refused_for_deadline);
    return reply({});
  }
  if (answer_from_earlier(request, reply)) return;
  const Attempt attempt = next_attempt_++;
  Held& held = held_[attempt];
  held.request = request;
  held.epoch = database_.epoch();
  held.waiting.push_back(std::move(reply));
  if (request.kind == Kind::shared) {
    held.enlistment = 1 + random_.below(1'000'000'000);
    held.stage = Stage::enlisting;
    return enlist_until_taken(attempt);
  }
  after(random_.below(manners_.work + 1), [this, attempt] { worked(attempt); });
}

// A repetition is the same branch: it is answered from what the first one left. Unless, which happens,
// neither sees the other.
bool Participant::answer_from_earlier(const WorkRequest& request,
                                      const std::function<void(WorkReply)>& reply) {
  const Attempt known = attempt_at(request.xid, request.branch);
  const BranchKey* row = database_.find_branch(request.xid, request.branch);
  if (known == 0 && row == nullptr) return false;
  if (!behaves_ && random_.chance(manners_.prepare_again) && request.kind != Kind::shared) {
    world_.happened(Rare::prepared_again);
    if (const auto* decided = checker_.decision(request.xid); decided != nullptr)
      world_.happened(Rare::prepared_again_after_decision);
    return false;
  }
  if (known == 0) {
    reply({true, row->preparation, false});
    return true;
  }
  Held& held = held_.at(known);
  if (held.request.kind == Kind::shared && held.stage >= Stage::preparing) {
    world_.happened(Rare::shared_call_after_prepare);
    reply({});
    return true;
  }
  held.waiting.push_back(reply);
  if (held.stage == Stage::voted || held.stage == Stage::enlisted) this->reply(held, true);
  return true;
}

Participant::Held* Participant::find(Attempt attempt) {
  const auto at = held_.find(attempt);
  return at == held_.end() ? nullptr : &at->second;
}

Participant::Attempt Participant::attempt_at(const txn::Xid& xid, const txn::BranchName& branch) const {
  for (const auto& [attempt, held] : held_) {
    if (held.request.xid == xid && held.request.branch == branch) return attempt;
  }
  return 0;
}

void Participant::worked(Attempt attempt) {
  Held* held = find(attempt);
  if (held == nullptr) return;
  if (held->epoch != database_.epoch()) return drop(attempt, false);
  if (held->request.kind == Kind::writes) return prepare(attempt);
  held->nonce = txn::Nonce(1 + random_.below(txn::nonce_max));
  held->refusing = held->request.kind == Kind::refuses;
  held->stage = Stage::voting;
  vote_until_answered(attempt);
}

void Participant::enlist_until_taken(Attempt attempt) {
  const Held* held = find(attempt);
  if (held == nullptr) return;
  if (is_past(held->request.xid)) return drop(attempt, false);
  const txn::Enlistment enlistment{.xid = held->request.xid,
                                   .branch = held->request.branch,
                                   .resource = database_.resource(),
                                   .session = session() ? session()->session : txn::SessionNumber(),
                                   .enlistment = held->enlistment};
  enlist(enlistment, [this, attempt](const std::optional<txn::Answer>& answer) {
    Held* enlisting = find(attempt);
    if (enlisting == nullptr || enlisting->stage != Stage::enlisting) return;
    if (answer && answer->verdict == Verdict::taken) {
      world_.happened(Rare::branch_enlisted);
      enlisting->stage = Stage::enlisted;
      return reply(*enlisting, true);
    }
    // Nothing is prepared: whatever stands against it, it may go.
    const bool refused =
        answer && (answer->verdict == Verdict::rolled_back || answer->verdict == Verdict::invalid ||
                   answer->verdict == Verdict::nothing_to_commit || answer->verdict == Verdict::forgotten);
    if (refused) return drop(attempt, false);
    after(around(random_, habits_.retry), [this, attempt] { enlist_until_taken(attempt); });
  });
}

// What has been enlisted for long may have ended without a word: whoever repeats it is told.
void Participant::enlist_again() {
  for (auto& [attempt, held] : held_) {
    if (held.stage != Stage::enlisted) continue;
    held.stage = Stage::enlisting;
    after(0, [this, attempt = attempt] { enlist_until_taken(attempt); });
  }
}

void Participant::prepare(Attempt attempt) {
  Held& held = *find(attempt);
  held.stage = Stage::preparing;
  held.nonce = txn::Nonce(1 + random_.below(txn::nonce_max));
  const BranchKey key{held.request.xid, {held.request.branch, held.nonce}};
  if (!behaves_ && random_.chance(manners_.get_stuck)) database_.get_stuck(key);
  world_.trace.line("{} prepares {}", name(), brief(key));
  database_.prepare(
      key, Row{Standing::prepared, held.enlistment, id(), world_.clock.now()}, mine([this, attempt] {
        Held* prepared = find(attempt);
        if (prepared == nullptr) return;
        prepared->stage = Stage::voting;
        if (prepared->request.early_reply) reply(*prepared, true);
        if (!behaves_ && random_.chance(manners_.crash_prepared * (prepared->enlistment != 0 ? 5 : 1)))
          return die();
        vote_until_answered(attempt);
      }));
}

// The worst moment: whoever has prepared and not voted knows what nobody else does.
void Participant::die() {
  world_.happened(Rare::process_crashed);
  crash();
  world_.clock.after(random_.below(second), [this] { start(); });
}

void Participant::vote_until_answered(Attempt attempt) {
  Held* held = find(attempt);
  if (held == nullptr || held->stage != Stage::voting) return;
  // One that has nothing prepared may go when its time is over: nobody commits it any more.
  if (held->request.kind != Kind::writes && held->request.kind != Kind::shared && is_past(held->request.xid))
    return drop(attempt, false);
  ++held->votes_sent;
  if (held->votes_sent > 1 && !behaves_ && random_.chance(manners_.change_mind)) {
    held->refusing = true;
    world_.happened(Rare::vote_changed);
  }
  const Ballot ballot = held->refusing                           ? Ballot::refused
                        : held->request.kind == Kind::reads_only ? Ballot::read_only
                                                                 : Ballot::prepared;
  const txn::Vote vote{.xid = held->request.xid,
                       .preparation = {held->request.branch, held->nonce},
                       .resource = database_.resource(),
                       .ballot = ballot,
                       .session = session() ? session()->session : txn::SessionNumber(),
                       .enlistment = held->enlistment};
  if (VOW_PLANTED(rolls_back_on_repeated_votes_refusal) && held->refusing && held->votes_sent > 1)
    finish({vote.xid, vote.preparation}, false);
  this->vote(vote,
             [this, attempt](const std::optional<txn::Answer>& answer) { vote_answered(attempt, answer); });
}

void Participant::vote_answered(Attempt attempt, const std::optional<txn::Answer>& answer) {
  Held* held = find(attempt);
  if (held == nullptr || held->stage != Stage::voting) return;
  const BranchKey key{held->request.xid, {held->request.branch, held->nonce}};
  if (misread(key, answer)) return drop(attempt, false);
  if (!answer && random_.chance(manners_.ask_instead)) ask_about(key);
  const Verdict verdict = answer ? answer->verdict : Verdict::unknown;
  switch (verdict) {
    case Verdict::taken:
      if (held->refusing) break;
      held->stage = Stage::voted;
      world_.happened(held->request.kind == Kind::reads_only ? Rare::read_only_vote : Rare::vote_taken);
      reply(*held, true);
      if (held->told_to_prepare) tell(*held->told_to_prepare, true);
      if (held->request.kind == Kind::reads_only) drop(attempt, true);
      return;
    case Verdict::rolled_back:
      world_.happened(Rare::vote_came_too_late);
      drop(attempt, false);
      return finish(key, false);
    case Verdict::committed:
      drop(attempt, true);
      return finish(key, true);
    case Verdict::forgotten:
      drop(attempt, false);
      return ask_about(key);
    case Verdict::overloaded:
      world_.happened(Rare::overloaded);
      break;
    case Verdict::ask_leader:
      world_.happened(Rare::asked_to_ask_leader);
      break;
    default:
      break;
  }
  after(around(random_, habits_.retry), [this, attempt] { vote_until_answered(attempt); });
}

// What a participant might take for a reason to roll back, and must not.
bool Participant::misread(const BranchKey& key, const std::optional<txn::Answer>& answer) {
  const bool overloaded = answer && answer->verdict == Verdict::overloaded;
  const bool mistaken = (!answer && VOW_PLANTED(rolls_back_on_timeout)) ||
                        (overloaded && VOW_PLANTED(rolls_back_on_overloaded));
  if (mistaken) finish(key, false);
  return mistaken;
}

void Participant::reply(Held& held, bool done) {
  const WorkReply answer{done, {held.request.branch, held.nonce}, held.request.kind == Kind::reads_only};
  for (const auto& each : std::exchange(held.waiting, {})) each(done ? answer : WorkReply{});
}

void Participant::drop(Attempt attempt, bool done) {
  auto gone = held_.extract(attempt);
  if (!gone.empty()) reply(gone.mapped(), done);
}

std::optional<std::string> Participant::busy_with() const {
  if (held_.empty()) return std::nullopt;
  const Held& held = held_.begin()->second;
  static constexpr std::array stages = {"working", "enlisting", "enlisted", "preparing", "voting", "voted"};
  const BranchKey key{held.request.xid, {held.request.branch, held.nonce}};
  return fmt::format("{} is {} {}", name(), stages[static_cast<std::size_t>(held.stage)], brief(key));
}

// Work that is not prepared ends by itself when its time is over; and what another instance has ended is
// over.
void Participant::end_what_is_over() {
  std::vector<Attempt> over;
  for (const auto& [attempt, held] : held_) {
    const BranchKey key{held.request.xid, {held.request.branch, held.nonce}};
    const Row* row = database_.find(key);
    const bool working = held.stage < Stage::preparing || (held.stage == Stage::preparing && row == nullptr);
    const bool lost = working && held.epoch != database_.epoch();
    if (lost && held.stage == Stage::enlisted) world_.happened(Rare::shared_branch_lost);
    const bool late = working && is_past(held.request.xid);
    const bool ended = held.stage == Stage::voted && (row == nullptr || row->standing != Standing::prepared);
    if (lost || late || ended) over.push_back(attempt);
  }
  for (const Attempt attempt : over) drop(attempt, false);
}

}  // namespace vow::sim::cell
