// What a leader does by itself: carries out what calls, applied commands and time led to.
#include <algorithm>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "coordinator/dispatch/leadership.h"

namespace vow::dispatch {

void Leadership::propose(const machine::Command& command) { propose(Payload(machine::encode(command))); }

void Leadership::propose(Payload command) {
  proposed_ = true;
  propose_(std::move(command));
}

bool Leadership::pump() {
  resume_some();
  // Instructions before what they may confirm, and round again for what confirmations lead to.
  do {
    txn::OpenTransactions::Output output = table_.take_output();
    for (const txn::Decide& decide : output.propose) propose(Payload(machine::encode(decide)));
    for (txn::Instruction& instruction : output.instruct) {
      instruction.session = here(instruction.session);
      delivery_.instruct(instruction, monotonic_ms());
    }
    if (!output.finished.empty() && finished_.empty()) finished_since_ms_ = monotonic_ms();
    finished_.insert(finished_.end(), output.finished.begin(), output.finished.end());
    for (txn::Settled& settled : output.settled) settle(std::move(settled));
    deliver();
  } while (table_.has_output());
  if (finished_.size() >= options_.finish_count) record_finished();
  return std::exchange(proposed_, false);
}

void Leadership::deliver() {
  Delivery::Output output = delivery_.take_output();
  for (Delivery::Answered& answered : output.polls) {
    const auto waiting = polls_.extract(answered.token);
    VOW_CHECK(!waiting.empty(), "poll {} was answered twice", answered.token.value());
    answer(waiting.mapped(), std::move(answered));
  }
  for (const Delivery::Confirmed& confirmed : output.confirmed) {
    table_.confirm(confirmed.xid, confirmed.preparation, confirmed.action);
  }
}

void Leadership::answer(const PollDone& done, Delivery::Answered answered) const {
  switch (answered.how) {
    case Delivery::Answered::How::commands:
      return done(Polled{clock_ms(), term(), std::move(answered.commands)});
    case Delivery::Answered::How::no_session:
      return done(
          Failure{Problem{Problem::Code::no_session,
                          "the session was never opened in this term, or has been silent for too long: open "
                          "another",
                          {}}});
    case Delivery::Answered::How::ended:
      return done(Failure{Problem{Problem::Code::no_session, "the session has ended", {}}});
  }
}

void Leadership::settle(txn::Settled settled) {
  waiters_.settled(settled);
  if (settled.answer.verdict == txn::Verdict::committed)
    ++(settled.finished ? counters_.finished : counters_.committed);
  if (!settled.finished) return;
  if (settled.answer.verdict == txn::Verdict::rolled_back) ++counters_.rolled_back;
  if (settled.answer.verdict == txn::Verdict::nothing_to_commit) ++counters_.only_read;
  delivery_.forget(settled.xid);
  history_.add(std::move(settled), clock_ms());
}

void Leadership::tick() {
  table_.tick(clock_ms());
  delivery_.tick(monotonic_ms());
  waiters_.tick(monotonic_ms(), [this](const txn::Xid& xid) { return look(xid); });
  for (Payload& command : std::exchange(to_propose_, {})) propose(std::move(command));
  const bool waited = !finished_.empty() && monotonic_ms() >= finished_since_ms_ + options_.finish_after_ms;
  if (waited) record_finished();
  advance();
}

void Leadership::record_finished() {
  propose(machine::Command(txn::Finish{clock_ms(), std::exchange(finished_, {})}));
}

void Leadership::advance() {
  const txn::Decisions& decisions = machine_.decisions();
  const auto horizon = decisions.wanted_horizon(options_.committed_bits_bytes);
  if (!horizon && !decisions.has_droppable(clock_ms())) return;
  propose(machine::Command(txn::Advance{clock_ms(), horizon.value_or(0)}));
}

void Leadership::resume(const txn::Xid& xid) {
  if (!is_resuming() || xid.decided_in() == term()) return;
  if (const txn::Decision* decision = machine_.decisions().find(xid)) table_.resume(*decision);
}

// Decisions of this term are in the table already, or were and are finished.
void Leadership::resume_some() {
  const txn::Decisions& decisions = machine_.decisions();
  for (std::size_t n = 0; n < options_.resume_at_once && is_resuming(); ++n, ++resume_slot_) {
    const txn::Decision* decision = decisions.at(resume_slot_);
    if (decision == nullptr || decision->is_finished() || decision->xid.decided_in() == term()) continue;
    table_.resume(*decision);
    ++counters_.resumed;
  }
}

void Leadership::decided(const txn::Decide& decide) {
  if (decide.xid.decided_in() != term()) return;
  decision_times_.took(clock_ms() - std::min(decide.stamp_ms, clock_ms()));
  table_.decided(decide.xid);
}

void Leadership::forced(const txn::Force& force) {
  table_.force(force.xid, force.branch);
  delivery_.forget(force.xid, force.branch);
}

void Leadership::end() {
  delivery_.end();
  deliver();
  waiters_.end([this](const txn::Xid& xid) {
    const txn::Answer answer = look(xid);
    const bool is_final =
        answer.verdict == txn::Verdict::committed || answer.verdict == txn::Verdict::rolled_back;
    // What was proposed may be committed by the next leader, or not.
    return is_final ? answer : txn::Answer{txn::Verdict::unknown};
  });
}

void Leadership::check_invariants() const {
  table_.check_invariants();
  delivery_.check_invariants();
}

}  // namespace vow::dispatch
