// Transactions as these tests speak of them, and one leader that tests can talk to.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/base/check.h"
#include "coordinator/txn/decisions.h"
#include "coordinator/txn/open_transactions.h"

namespace vow::txn {

inline void PrintTo(const Answer& answer, std::ostream* out) {
  *out << name(answer.verdict) << '(' << name(answer.reason) << ", " << answer.unfinished << " unfinished)";
}
inline void PrintTo(const Preparation& preparation, std::ostream* out) {
  *out << preparation.branch.view() << ':' << preparation.nonce.value();
}

namespace test {

inline constexpr std::uint32_t cell = 7;
inline constexpr std::uint32_t incarnation = 3;
inline constexpr std::uint32_t term = 5;
inline constexpr std::uint64_t begin_ms = 1'700'000'000'000;
inline constexpr std::uint32_t timeout_s = 30;
inline constexpr std::uint64_t deadline_ms = begin_ms + timeout_s * 1000;
// Marks are dropped with the step that follows their deadline; by then it has surely passed.
inline constexpr std::uint64_t well_past_ms = deadline_ms + 1'000;

inline Xid xid_of(std::uint32_t sequence = 1, std::uint32_t of_term = term) {
  return {.cell = cell,
          .incarnation = incarnation,
          .term = of_term,
          .timeout_s = timeout_s,
          .begin_ms = begin_ms,
          .session = 1,
          .sequence = sequence};
}

inline BranchName branch(std::string_view name) { return *BranchName::from(name); }
inline Preparation prep(std::string_view name, std::uint64_t nonce = 1) {
  return {branch(name), Nonce(nonce)};
}

inline Decide decide_of(const Xid& xid, const std::vector<Preparation>& preparations,
                        std::uint64_t stamp_ms = begin_ms) {
  Decide decide{.stamp_ms = stamp_ms, .xid = xid, .branches = {}};
  for (const Preparation& one : preparations) decide.branches.push_back({one, "stock"});
  return decide;
}

// The leader of `term`, with the replicated state that it has applied.
struct Leader {
  explicit Leader(const OpenOptions& options = {}) : table(options, Term(term), decisions) {
    decisions.found(cell, incarnation);
    table.sessions_opened(session_number(Term(term), 9));
  }
  Leader(const Leader&) = delete;
  ~Leader() {
    table.check_invariants();
    decisions.check_invariants();
  }

  Answer vote(const Preparation& one, Ballot ballot = Ballot::prepared) {
    return table.vote(vote_of(one, ballot), now_ms);
  }
  Answer vote_as_enlisted(const Preparation& one, std::uint64_t enlistment,
                          Ballot ballot = Ballot::prepared) {
    Vote vote = vote_of(one, ballot);
    vote.enlistment = enlistment;
    return table.vote(vote, now_ms);
  }
  Answer enlist(std::string_view name, std::uint64_t enlistment) {
    return table.enlist({xid, branch(name), "stock", SessionNumber(2), enlistment}, now_ms);
  }
  Answer commit(std::vector<Preparation> named) { return table.commit(xid, std::move(named), now_ms); }
  Answer rollback() { return table.rollback(xid, now_ms); }
  Answer outcome() { return table.outcome(xid, std::nullopt, Asker::involved, now_ms); }
  Answer outcome(const Preparation& of) { return table.outcome(xid, of, Asker::involved, now_ms); }
  Answer watch() { return table.outcome(xid, std::nullopt, Asker::watcher, now_ms); }
  Answer watch(const Preparation& of) { return table.outcome(xid, of, Asker::watcher, now_ms); }
  void confirm(const Preparation& one, Action action) { table.confirm(xid, one, action); }
  void time_is(std::uint64_t ms) {
    now_ms = ms;
    table.tick(now_ms);
  }

  // The table's state of it; "unseen" if it is not there.
  std::string state() const {
    const Transaction* transaction = table.find(xid);
    return transaction == nullptr ? "unseen" : std::string(name(transaction->state));
  }
  OpenTransactions::Output output() { return table.take_output(); }
  // Replicates and applies what was proposed.
  void apply_proposals() {
    for (const Decide& decide : table.take_output().propose) {
      VOW_CHECK(decisions.decide(decide, Term(term)) == Decisions::Taken::now, "it was decided before");
      table.decided(decide.xid);
    }
  }
  // The usual way to a decision.
  void decide(const std::vector<Preparation>& preparations) {
    for (const Preparation& one : preparations) (void)vote(one);
    (void)commit(preparations);
    apply_proposals();
  }

  Vote vote_of(const Preparation& one, Ballot ballot) const {
    return {.xid = xid,
            .preparation = one,
            .resource = "stock",
            .ballot = ballot,
            .session = SessionNumber(2),
            .enlistment = 0};
  }

  Xid xid = xid_of();
  std::uint64_t now_ms = begin_ms + 10;
  Decisions decisions;
  OpenTransactions table;
};

inline Answer rolled_back(Reason reason, std::uint32_t unfinished = 0) {
  return {Verdict::rolled_back, reason, unfinished};
}
inline Answer invalid(Reason reason) { return {Verdict::invalid, reason}; }
inline Answer committed(std::uint32_t unfinished = 0) {
  return {Verdict::committed, Reason::none, unfinished};
}
inline constexpr Answer taken{Verdict::taken};
inline constexpr Answer pending{Verdict::pending};
inline constexpr Answer open{Verdict::open};
inline constexpr Answer overloaded{Verdict::overloaded};
inline constexpr Answer nothing_to_commit{Verdict::nothing_to_commit};

}  // namespace test
}  // namespace vow::txn
