// What clients ask of a leader.
#include "coordinator/dispatch/leadership.h"

#include <algorithm>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"

namespace vow::dispatch {
namespace {

Problem problem(Problem::Code code, std::string what) { return {code, std::move(what), {}}; }

}  // namespace

Leadership::Leadership(const LeadershipOptions& options, Term term, txn::Moment now,
                       const machine::Machine& machine, History& history, Propose propose, Random random)
    : options_(options),
      machine_(machine),
      history_(history),
      propose_(std::move(propose)),
      now_(now),
      clock_(now, machine.decisions().time_ms()),
      table_(options.open, term, machine.decisions()),
      delivery_(options.delivery, random),
      last_session_(1),
      own_session_(1) {
  table_.sessions_opened(txn::session_number(term, last_session_));
}

std::uint64_t Leadership::clock_ms() const {
  if (VOW_PLANTED(wall_clock_for_term_clock)) return now_.wall_ms;
  return clock_.now_ms(now_.monotonic_ms);
}

// --- sessions

Result<SessionOpened, Problem> Leadership::open_session(const OpenSession& request) {
  if (delivery_.session_count() >= options_.sessions_max) {
    return Failure{problem(Problem::Code::overloaded,
                           fmt::format("{} sessions are open, as many as this node allows (sessions.max)",
                                       delivery_.session_count()))};
  }
  if (last_session_ >= txn::Xid::session_max) {
    return Failure{problem(Problem::Code::overloaded,
                           "this term has no session number left; they begin anew with the next leader")};
  }
  table_.sessions_opened(txn::session_number(term(), ++last_session_));
  delivery_.open(txn::SessionNumber(last_session_), request, monotonic_ms());
  return SessionOpened{.session = txn::session_number(term(), last_session_),
                       .cell = machine_.decisions().cell(),
                       .incarnation = machine_.decisions().incarnation(),
                       .term = term(),
                       .clock_ms = clock_ms(),
                       .expires_after_ms = static_cast<std::uint32_t>(options_.delivery.session_expires_ms),
                       .timeout_s_max = options_.open.timeout_s_max};
}

txn::SessionNumber Leadership::here(txn::SessionNumber session) const {
  return txn::term_of(session) == term() ? txn::SessionNumber(txn::nth_of(session)) : txn::SessionNumber();
}

void Leadership::cut_off(txn::SessionNumber session, std::uint64_t over) {
  delivery_.cut_off(here(session), over, monotonic_ms());
}
void Leadership::close_session(txn::SessionNumber session) { delivery_.close(here(session), monotonic_ms()); }

void Leadership::poll(const Poll& poll, PollDone done) {
  last_poll_ = last_poll_.next();
  polls_.emplace(last_poll_, std::move(done));
  Poll as_known_here = poll;
  as_known_here.session = here(poll.session);
  delivery_.poll(as_known_here, last_poll_, monotonic_ms());
}

void Leadership::report(txn::SessionNumber session, const Report& report) {
  delivery_.report(here(session), report, monotonic_ms());
}

// --- transactions

Result<Begun, Problem> Leadership::begin(std::uint32_t timeout_s) {
  if (timeout_s == 0) timeout_s = options_.timeout_s_default;
  if (timeout_s > options_.open.timeout_s_max) {
    return Failure{
        problem(Problem::Code::invalid,
                fmt::format("a transaction may take at most {} s (transactions.timeout_max), not {} s",
                            options_.open.timeout_s_max, timeout_s))};
  }
  if (own_sequence_ == txn::Xid::sequence_max) {
    table_.sessions_opened(txn::session_number(term(), ++last_session_));
    own_session_ = last_session_;
    own_sequence_ = 0;
  }
  txn::Xid xid;
  xid.cell = machine_.decisions().cell();
  xid.incarnation = machine_.decisions().incarnation();
  xid.term = static_cast<std::uint32_t>(term().value());
  xid.begin_ms = clock_ms();
  xid.timeout_s = timeout_s;
  xid.session = own_session_;
  xid.sequence = ++own_sequence_;
  return Begun{xid};
}

bool Leadership::is_overloaded(const txn::Xid& xid, const std::string& resource) const {
  if (!delivery_.is_overloaded(resource)) return false;
  // Only what may still grow is refused: what has ended, or is of another term, is told so.
  if (xid.decided_in() != term()) return false;
  const txn::Transaction* transaction = table_.find(xid);
  return transaction == nullptr ? machine_.decisions().find(xid) == nullptr
                                : transaction->state == txn::State::open;
}

txn::Answer Leadership::enlist(const txn::Enlistment& enlistment) {
  if (is_overloaded(enlistment.xid, enlistment.resource)) return {txn::Verdict::overloaded};
  return table_.enlist(enlistment, clock_ms());
}

txn::Answer Leadership::vote(const txn::Vote& vote) {
  ++counters_.votes;
  if (vote.ballot == txn::Ballot::prepared && is_overloaded(vote.xid, vote.resource)) {
    ++counters_.overloaded;
    return {txn::Verdict::overloaded};
  }
  return table_.vote(vote, clock_ms());
}

void Leadership::commit(Commit commit, AnswerDone done) {
  const txn::Xid xid = commit.xid;
  resume(xid);
  const txn::Answer answer = table_.commit(xid, std::move(commit.named), clock_ms());
  const bool waits = commit.wait_finished_ms > 0;
  const bool goes_on = answer.verdict == txn::Verdict::pending ||
                       (waits && answer.verdict == txn::Verdict::committed && answer.unfinished > 0);
  if (!goes_on) return done(answer);
  const auto patience = waits ? std::optional(monotonic_ms() + commit.wait_finished_ms) : std::nullopt;
  waiters_.add(xid, waits ? Waiters::Until::committed : Waiters::Until::decided, patience, std::move(done));
}

void Leadership::rollback(const txn::Xid& xid, std::uint32_t wait_finished_ms, AnswerDone done) {
  const txn::Answer answer = table_.rollback(xid, clock_ms());
  const bool goes_on =
      wait_finished_ms > 0 && answer.verdict == txn::Verdict::rolled_back && answer.unfinished > 0;
  if (!goes_on) return done(answer);
  waiters_.add(xid, Waiters::Until::undone, monotonic_ms() + wait_finished_ms, std::move(done));
}

txn::Answer Leadership::outcome(const txn::Xid& xid, const std::optional<txn::Preparation>& of,
                                txn::Asker asker) {
  resume(xid);
  const txn::Answer answer = table_.outcome(xid, of, asker, clock_ms());
  if (answer.verdict != txn::Verdict::forgotten || !of) return answer;
  // Only its bit is left, or not even that. Perhaps this node remembers more than it must.
  const auto remembered = history_.committed_with(xid, *of);
  if (!remembered) return answer;
  return *remembered ? txn::Answer{txn::Verdict::committed}
                     : txn::Answer{txn::Verdict::rolled_back, txn::Reason::another_preparation};
}

txn::Answer Leadership::look(const txn::Xid& xid) {
  resume(xid);
  return table_.outcome(xid, std::nullopt, txn::Asker::watcher, clock_ms());
}

bool Leadership::retry(const txn::Xid& xid) { return delivery_.retry(xid, monotonic_ms()); }

}  // namespace vow::dispatch
