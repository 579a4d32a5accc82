// What there is only while this node leads: the clock of its term, its open transactions, sessions,
// deliveries, and those who wait. Made once the term's first entry is applied; gone with the leadership.
//
// Deterministic: time is told by now(), randomness is given, and what is to be replicated goes through
// `Propose`.
#pragma once

#include <functional>
#include <optional>
#include <unordered_map>
#include <vector>

#include "coordinator/dispatch/decision_times.h"
#include "coordinator/dispatch/delivery.h"
#include "coordinator/dispatch/history.h"
#include "coordinator/dispatch/waiters.h"
#include "coordinator/machine/machine.h"
#include "coordinator/txn/open_transactions.h"
#include "coordinator/txn/term_clock.h"

namespace vow::dispatch {

struct LeadershipOptions {
  txn::OpenOptions open;
  DeliveryOptions delivery;
  std::size_t sessions_max = 10'000;
  std::uint32_t timeout_s_default = 60;
  // Decisions whose branches have all confirmed are recorded together: so many, or when one has waited so
  // long.
  std::size_t finish_count = 1'000;
  std::uint64_t finish_after_ms = 1'000;
  // What the bits of dropped decisions may take before the horizon rises.
  std::size_t committed_bits_bytes = 64u << 20;
  // How much of the decisions on record a new leader looks through in one turn, for those to take up.
  std::size_t resume_at_once = 4'096;
};

class Leadership {
 public:
  // Has the command replicated. Its effect comes by decided() and the like; refused() is called if it
  // certainly has none, and this node still leads.
  using Propose = std::function<void(Payload command)>;

  Leadership(const LeadershipOptions& options, Term term, txn::Moment now, const machine::Machine& machine,
             History& history, Propose propose, Random random);

  // --- time
  void now(txn::Moment now) { now_ = now; }
  void tick();
  [[nodiscard]] std::uint64_t clock_ms() const;
  // Too far off the wall clock: another should lead.
  [[nodiscard]] bool clock_is_off() const { return clock_.is_off(now_); }

  // --- what clients ask (coordinator.h)
  [[nodiscard]] Result<SessionOpened, Problem> open_session(const OpenSession& request);
  void close_session(txn::SessionNumber session);
  void cut_off(txn::SessionNumber session, std::uint64_t over);
  void poll(const Poll& poll, PollDone done);
  void report(txn::SessionNumber session, const Report& report);
  [[nodiscard]] Result<Begun, Problem> begin(std::uint32_t timeout_s);
  [[nodiscard]] txn::Answer enlist(const txn::Enlistment& enlistment);
  [[nodiscard]] txn::Answer vote(const txn::Vote& vote);
  void commit(Commit commit, AnswerDone done);
  void rollback(const txn::Xid& xid, std::uint32_t wait_finished_ms, AnswerDone done);
  [[nodiscard]] txn::Answer outcome(const txn::Xid& xid, const std::optional<txn::Preparation>& of,
                                    txn::Asker asker);
  // As a watcher sees it, who settles nothing.
  [[nodiscard]] txn::Answer look(const txn::Xid& xid);
  [[nodiscard]] bool retry(const txn::Xid& xid);

  // --- what became of proposals
  void refused(Payload command) { to_propose_.push_back(std::move(command)); }
  void decided(const txn::Decide& decide);
  void forced(const txn::Force& force);

  // Carries out what all of this led to. True if something went off to be replicated.
  bool pump();
  // Decisions of earlier terms remain to be looked through.
  [[nodiscard]] bool is_resuming() const { return resume_slot_ < machine_.decisions().slots(); }
  // The leadership is lost: tells everyone who waits.
  void end();

  [[nodiscard]] Term term() const { return table_.own_term(); }
  [[nodiscard]] const txn::OpenTransactions& open() const { return table_; }
  [[nodiscard]] const Delivery& delivery() const { return delivery_; }
  struct Counters {
    std::uint64_t committed = 0;
    std::uint64_t rolled_back = 0;
    std::uint64_t only_read = 0;
    std::uint64_t finished = 0;
    std::uint64_t resumed = 0;
    std::uint64_t votes = 0;
    std::uint64_t overloaded = 0;
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }
  [[nodiscard]] const DecisionTimes& decision_times() const { return decision_times_; }
  [[nodiscard]] std::size_t waiting() const { return waiters_.size(); }
  void check_invariants() const;

 private:
  [[nodiscard]] std::uint64_t monotonic_ms() const { return now_.monotonic_ms; }
  // As deliveries know the session; 0 if it is of another term.
  [[nodiscard]] txn::SessionNumber here(txn::SessionNumber session) const;
  [[nodiscard]] bool is_overloaded(const txn::Xid& xid, const std::string& resource) const;
  void propose(const machine::Command& command);
  void propose(Payload command);
  void record_finished();
  void advance();
  void resume_some();
  // Of an earlier term, and not looked at yet: takes it up now, before anything is said of it.
  void resume(const txn::Xid& xid);
  void settle(txn::Settled settled);
  void deliver();
  void answer(const PollDone& done, Delivery::Answered answered) const;

  const LeadershipOptions options_;
  const machine::Machine& machine_;
  History& history_;
  Propose propose_;
  txn::Moment now_;
  txn::TermClock clock_;
  txn::OpenTransactions table_;
  Delivery delivery_;
  Waiters waiters_;
  std::unordered_map<PollToken, PollDone> polls_;
  PollToken last_poll_;
  Counters counters_;
  DecisionTimes decision_times_;
  std::uint32_t last_session_;  // the how manieth
  // For transactions that are begun by a call.
  std::uint32_t own_session_;
  std::uint32_t own_sequence_ = 0;
  std::vector<Payload> to_propose_;  // refused for want of room; next time
  bool proposed_ = false;
  std::vector<txn::Xid> finished_;
  std::uint64_t finished_since_ms_ = 0;
  std::size_t resume_slot_ = 0;
};

}  // namespace vow::dispatch
