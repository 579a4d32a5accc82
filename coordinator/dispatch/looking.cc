// What operators see of a coordinator.
#include <algorithm>

#include "coordinator/dispatch/node_coordinator.h"
#include "coordinator/dispatch/showing.h"

namespace vow::dispatch {
namespace {

// A list looks at no more transactions than this: it holds up the loop meanwhile.
constexpr std::size_t looks_max = 50'000;

bool fits(const TransactionShown& shown, const TransactionFilter& filter) {
  if (!filter.state.empty() && shown.state != filter.state) return false;
  if (filter.resource.empty()) return true;
  return std::any_of(shown.branches.begin(), shown.branches.end(),
                     [&](const BranchShown& branch) { return branch.resource == filter.resource; });
}

bool may_fit(const txn::Transaction& transaction, const TransactionFilter& filter) {
  return filter.state.empty() || name(transaction.state) == filter.state;
}

Metric gauge(std::string name, std::string help, double value,
             std::map<std::string, std::string> labels = {}) {
  return {std::move(name), std::move(help), Metric::Kind::gauge, std::move(labels), value, {}};
}

Metric counter(std::string name, std::string help, std::uint64_t value,
               std::map<std::string, std::string> labels = {}) {
  return {std::move(name),
          std::move(help),
          Metric::Kind::counter,
          std::move(labels),
          static_cast<double>(value),
          {}};
}

}  // namespace

std::vector<TransactionShown> NodeCoordinator::list(const TransactionFilter& filter) const {
  std::vector<TransactionShown> found;
  std::size_t looked = 0;
  const auto enough = [&] { return found.size() >= filter.limit || looked >= looks_max; };
  if (leading_) {
    for (std::size_t part = 0; part < leading_->open().parts() && !enough(); ++part) {
      leading_->open().for_each_in(part, [&](const txn::Xid& xid, const txn::Transaction& transaction) {
        ++looked;
        if (enough() || !may_fit(transaction, filter)) return;
        TransactionShown one = show(xid).value();
        if (fits(one, filter)) found.push_back(std::move(one));
      });
    }
  }
  // Then what has ended, the latest first.
  for (std::size_t nth = 0; nth < history_.size() && !enough(); ++nth) {
    const History::Ended& ended = history_.latest(nth);
    ++looked;
    if (leading_ && leading_->open().find(ended.xid) != nullptr) continue;
    TransactionShown one = shown(ended);
    if (fits(one, filter)) found.push_back(std::move(one));
  }
  return found;
}

std::optional<TransactionShown> NodeCoordinator::show(const txn::Xid& xid) const {
  TransactionShown one;
  const txn::Transaction* transaction = leading_ ? leading_->open().find(xid) : nullptr;
  if (transaction != nullptr) {
    one = shown(xid, *transaction, *leading_);
  } else if (const History::Ended* ended = history_.find(xid)) {
    one = shown(*ended);
  } else if (const txn::Decision* decision = machine().decisions().find(xid)) {
    one = shown(*decision, machine().decisions().resources());
  } else {
    const txn::Answer answer = leading_ ? leading_->look(xid) : answer_as_follower(xid, std::nullopt);
    const bool is_known = answer.verdict == txn::Verdict::committed ||
                          answer.verdict == txn::Verdict::rolled_back ||
                          answer.verdict == txn::Verdict::forgotten;
    if (!is_known) return std::nullopt;
    one = shown(xid, answer);
  }
  if (const auto* forced = machine().decisions().forced(xid)) {
    one.forced = *forced;
    for (BranchShown& branch : one.branches) {
      const auto is_it = [&](const txn::Forced& each) { return each.branch.view() == branch.branch; };
      if (std::any_of(forced->begin(), forced->end(), is_it)) branch.standing = "forced";
    }
  }
  return one;
}

std::vector<SessionShown> NodeCoordinator::sessions() const {
  if (!leading_) return {};
  std::vector<SessionShown> all = leading_->delivery().sessions(now_.monotonic_ms);
  for (SessionShown& session : all) {
    session.session =
        txn::session_number(leading_->term(), static_cast<std::uint32_t>(session.session.value()));
  }
  return all;
}

std::vector<ResourceShown> NodeCoordinator::resources() const {
  return leading_ ? leading_->delivery().resources(now_.monotonic_ms) : std::vector<ResourceShown>();
}

std::vector<Metric> NodeCoordinator::metrics() const {
  const raft::Raft& raft = node_->raft();
  const txn::Decisions& decisions = machine().decisions();
  std::vector<Metric> all{
      gauge("vow_leading", "1 if this node leads and answers", leading_ ? 1 : 0),
      gauge("vow_term", "The term of consensus", static_cast<double>(raft.term().value())),
      gauge("vow_committed_index", "The last entry known to be committed",
            static_cast<double>(raft.commit().value())),
      gauge("vow_applied_index", "The last entry whose effect the state holds",
            static_cast<double>(node_->applied().index.value())),
      gauge("vow_snapshot_index", "Where the newest snapshot stands",
            static_cast<double>(node_->snapshot().index.value())),
      gauge("vow_decisions", "Decisions on record", static_cast<double>(decisions.size())),
      gauge("vow_decisions_unfinished", "Decisions with a branch that has not confirmed",
            static_cast<double>(decisions.unfinished())),
      gauge("vow_committed_bits_bytes", "Memory of the bits that dropped decisions leave",
            static_cast<double>(decisions.bit_bytes())),
      counter("vow_records_applied_total", "Records of the replicated log that were applied",
              replica_.figures().records),
      counter("vow_record_bytes_applied_total", "Their size", replica_.figures().bytes),
      counter("vow_leaderships_total", "How often this node came to lead", leaderships_),
  };
  for (const Check& check : checks())
    all.push_back(
        gauge("vow_check_ok", "1 if this is as /readyz wants it", check.ok ? 1 : 0, {{"check", check.name}}));
  if (leading_) add_metrics_of_leader(all);
  return all;
}

void NodeCoordinator::add_metrics_of_leader(std::vector<Metric>& all) const {
  for (const txn::State state : {txn::State::open, txn::State::preparing, txn::State::deciding,
                                 txn::State::committing, txn::State::aborting, txn::State::aborted}) {
    all.push_back(gauge("vow_transactions", "Transactions in the leader's table, by state",
                        static_cast<double>(leading_->open().count(state)),
                        {{"state", std::string(name(state))}}));
  }
  const Leadership::Counters& counters = leading_->counters();
  const std::string help = "Transactions that were ended in this leadership, by outcome";
  all.push_back(counter("vow_transactions_total", help, counters.committed, {{"outcome", "committed"}}));
  all.push_back(counter("vow_transactions_total", help, counters.rolled_back, {{"outcome", "rolled_back"}}));
  all.push_back(
      counter("vow_transactions_total", help, counters.only_read, {{"outcome", "nothing_to_commit"}}));
  all.push_back(counter("vow_transactions_finished_total", "Committed, and confirmed by all branches",
                        counters.finished));
  all.push_back(
      counter("vow_transactions_resumed_total", "Decisions taken up from earlier leaders", counters.resumed));
  all.push_back(counter("vow_votes_total", "Votes, repeated ones too", counters.votes));
  all.push_back(counter("vow_overloaded_total", "Votes refused because a resource's backlog is full",
                        counters.overloaded));
  const DecisionTimes& times = leading_->decision_times();
  all.push_back({"vow_decision_duration_seconds",
                 "From a decision's proposal until it is on record",
                 Metric::Kind::histogram,
                 {},
                 times.sum_seconds(),
                 times.buckets()});
  all.push_back(gauge("vow_waiting_calls", "Calls that wait for a transaction's end",
                      static_cast<double>(leading_->waiting())));
  all.push_back(gauge("vow_undelivered", "Commands that are not confirmed yet",
                      static_cast<double>(leading_->delivery().undelivered())));
  all.push_back(gauge("vow_sessions", "Sessions of participants and initiators",
                      static_cast<double>(leading_->delivery().session_count())));
  for (const ResourceShown& resource : leading_->delivery().resources(now_.monotonic_ms)) {
    const std::map<std::string, std::string> label{{"resource", resource.resource}};
    all.push_back(gauge("vow_resource_instances", "Processes that serve a resource",
                        static_cast<double>(resource.instances), label));
    all.push_back(gauge("vow_resource_backlog", "Commands for a resource that are not confirmed yet",
                        static_cast<double>(resource.backlog), label));
    all.push_back(gauge("vow_resource_failing", "Of them, those whose last attempt failed",
                        static_cast<double>(resource.failing), label));
    all.push_back(gauge("vow_resource_oldest_seconds", "How long the oldest of them has waited",
                        static_cast<double>(resource.oldest_ms) / 1000.0, label));
  }
}

std::vector<Check> NodeCoordinator::checks() const {
  std::vector<Check> all;
  const auto& stopped = node_->stopped();
  const bool has_room = !stopped && node_->raft().is_writable();
  all.push_back({"disk", has_room,
                 stopped    ? stopped->what
                 : has_room ? "the log can be written"
                            : "the disk is full: this node takes nothing on until there is room"});

  const raft::Leadership leadership = node_->raft().leadership();
  const bool knows = !leadership.leader.is_zero();
  all.push_back(
      {"leader", knows,
       knows ? fmt::format("node {} leads in term {}", leadership.leader.value(), leadership.term.value())
             : "no leader is known: a majority of the members must be up and reach one another"});

  const Index committed = node_->raft().commit();
  const Index applied = node_->applied().index;
  const bool caught_up = applied + 1'000 >= committed;
  all.push_back({"applied", caught_up,
                 fmt::format("applied up to {} of {} committed", applied.value(), committed.value())});
  const bool leads = leadership.role == raft::Role::leader;
  all.push_back({"answering", !leads || leading_ != nullptr,
                 !leads     ? "this node follows"
                 : leading_ ? "this node leads and answers"
                            : "this node leads, and waits for the first entry of its term to be committed"});
  all.push_back(
      {"serving", !draining_, draining_ ? "this node is shutting down" : "this node takes on new work"});
  const bool clock_ok = !leading_ || !leading_->clock_is_off();
  all.push_back(
      {"clock", clock_ok,
       clock_ok
           ? "the wall clock and the clock of this term agree"
           : "the wall clock has jumped by more than 5 s since this node leads: check time synchronisation"});
  return all;
}

}  // namespace vow::dispatch
