// How a node comes to lead and ceases to, and what it passes on to its Leadership.
#include "coordinator/dispatch/node_coordinator.h"

#include <algorithm>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "coordinator/txn/resolve.h"

namespace vow::dispatch {

NodeCoordinator::NodeCoordinator(const CoordinatorOptions& options, Replica& replica, Random random)
    : options_(options), replica_(replica), random_(random), history_(options.history_max) {
  replica_.on_applied([this](storage::LogPosition, const machine::Command& command, machine::Effect effect) {
    // What is being undone has no decision for a record to change, and may be ended by it all the same.
    const bool counts = effect == machine::Effect::done || std::holds_alternative<txn::Force>(command);
    if (counts) applied(command);
  });
}

void NodeCoordinator::wake(txn::Moment now) {
  now_ = now;
  if (leading_) leading_->now(now);
}

void NodeCoordinator::tick() {
  node_->tick();
  if (!leading_) return;
  leading_->tick();
  keep_time();
}

bool NodeCoordinator::turn() {
  do {
    follow_leadership();
    if (leading_) leading_->pump();
    node_->turn();
    follow_leadership();
  } while (leading_ && leading_->pump());
  return leading_ && leading_->is_resuming();
}

void NodeCoordinator::follow_leadership() {
  const raft::Leadership now = node_->raft().leadership();
  const bool leads = now.role == raft::Role::leader && !node_->stopped();
  if (leading_ && !(leads && now.term == leading_->term())) {
    // Those who are told may ask again at once: they are then told who leads.
    const auto lost = std::exchange(leading_, nullptr);
    lost->end();
  }
  if (leading_ || !leads) return;
  const bool knows_all_before = machine().applied().term == now.term || VOW_PLANTED(answers_before_own_entry);
  if (!knows_all_before) return;

  VOW_CHECK(now.term.value() <= txn::Xid::term_max, "term {} does not fit an xid", now.term.value());
  ++leaderships_;
  const auto propose = [this](Payload command) { this->propose(std::move(command)); };
  leading_ = std::make_unique<Leadership>(options_.leadership, now.term, now_, machine(), history_, propose,
                                          Random(random_.next()));
  const NodeId self = node_->self();
  if (options_.own_addresses != MemberAddresses()) described(self, options_.own_addresses);
}

void NodeCoordinator::propose(Payload command) {
  node_->submit(command, [this, nth = leaderships_, command](const node::CommandResult& result) {
    // Done: applied() was told. Unknown: the leadership is lost. Refused means that the node has no room for
    // it now: a decision stays what it is, so it is proposed again.
    if (result.outcome == node::Outcome::refused && leading_ && leaderships_ == nth)
      leading_->refused(command);
  });
}

void NodeCoordinator::applied(const machine::Command& command) {
  if (!leading_) return;
  if (const auto* decide = std::get_if<txn::Decide>(&command)) leading_->decided(*decide);
  if (const auto* force = std::get_if<txn::Force>(&command)) leading_->forced(*force);
}

void NodeCoordinator::described(NodeId node, const MemberAddresses& addresses) {
  if (!leading_) return;
  const auto known = machine().members().find(node);
  if (known != machine().members().end() && known->second == addresses) return;
  propose(Payload(machine::encode(machine::Describe{node, addresses})));
}

// Deadlines are judged by a clock that cannot jump; one that has drifted too far from the wall clock should
// not go on.
void NodeCoordinator::keep_time() {
  if (leading_->clock_is_off()) hand_over();
}

bool NodeCoordinator::hand_over() {
  constexpr std::uint64_t between_ms = 1'000;
  const raft::Status status = node_->raft().status();
  const raft::FollowerStatus* best = nullptr;
  for (const raft::FollowerStatus& follower : status.followers) {
    const bool may_lead = follower.active && status.configuration.is_voter(follower.node);
    if (may_lead && (best == nullptr || follower.match > best->match)) best = &follower;
  }
  if (best == nullptr) return false;
  // One that did not succeed is given up by itself.
  if (handed_over_at_ms_ == 0 || now_.monotonic_ms >= handed_over_at_ms_ + between_ms) {
    handed_over_at_ms_ = now_.monotonic_ms;
    (void)node_->transfer_leadership(best->node);
  }
  return true;
}

bool NodeCoordinator::drain() {
  draining_ = true;
  if (!leading_) return false;
  // Calls that wait for branches are told what is decided when the leadership ends.
  return hand_over() || leading_->open().count(txn::State::deciding) > 0;
}

// --- what clients ask

txn::Answer NodeCoordinator::answer_as_follower(const txn::Xid& xid,
                                                const std::optional<txn::Preparation>& of) const {
  return txn::answer_without_leading(xid, of, machine().decisions(), machine().applied().term);
}

Problem NodeCoordinator::not_leading() const {
  if (draining_) return {Problem::Code::not_ready, "this node is shutting down; ask another", {}};
  const std::string leader = leader_address();
  if (!leader.empty()) {
    return {Problem::Code::ask_leader, fmt::format("this node does not lead; the node at {} does", leader),
            leader};
  }
  return {Problem::Code::not_ready,
          "no node is known to lead at this moment: an election takes a second or two, if a majority is up",
          {}};
}

std::string NodeCoordinator::leader_address() const {
  const auto at = machine().members().find(node_->raft().leadership().leader);
  return at == machine().members().end() ? std::string() : at->second.client;
}

Result<SessionOpened, Problem> NodeCoordinator::open_session(const OpenSession& request) {
  if (!leading_ || draining_) return Failure{not_leading()};
  return leading_->open_session(request);
}

void NodeCoordinator::cut_off(txn::SessionNumber session, std::uint64_t over) {
  if (leading_) leading_->cut_off(session, over);
}

void NodeCoordinator::close_session(txn::SessionNumber session) {
  if (leading_) leading_->close_session(session);
}

void NodeCoordinator::poll(const Poll& poll, PollDone done) {
  if (!leading_) return done(Failure{not_leading()});
  leading_->poll(poll, std::move(done));
}

void NodeCoordinator::report(txn::SessionNumber session, const Report& report) {
  if (leading_) leading_->report(session, report);
}

Result<Begun, Problem> NodeCoordinator::begin(std::uint32_t timeout_s) {
  if (!leading_ || draining_) return Failure{not_leading()};
  return leading_->begin(timeout_s);
}

txn::Answer NodeCoordinator::enlist(const txn::Enlistment& enlistment) {
  if (leading_) return leading_->enlist(enlistment);
  const txn::Answer answer = answer_as_follower(enlistment.xid, std::nullopt);
  // With which enlistments only the leader may know.
  return answer.verdict == txn::Verdict::committed ? txn::Answer{txn::Verdict::ask_leader} : answer;
}

txn::Answer NodeCoordinator::vote(const txn::Vote& vote) {
  return leading_ ? leading_->vote(vote) : answer_as_follower(vote.xid, vote.preparation);
}

void NodeCoordinator::commit(Commit commit, AnswerDone done) {
  if (!leading_) return done(answer_as_follower(commit.xid, std::nullopt));
  leading_->commit(std::move(commit), std::move(done));
}

void NodeCoordinator::rollback(const txn::Xid& xid, std::uint32_t wait_finished_ms, AnswerDone done) {
  if (!leading_) return done(answer_as_follower(xid, std::nullopt));
  leading_->rollback(xid, wait_finished_ms, std::move(done));
}

txn::Answer NodeCoordinator::outcome(const txn::Xid& xid, const std::optional<txn::Preparation>& of,
                                     txn::Asker asker) {
  return leading_ ? leading_->outcome(xid, of, asker) : answer_as_follower(xid, of);
}

void NodeCoordinator::check_invariants() const {
  machine().check_invariants();
  if (leading_) leading_->check_invariants();
}

}  // namespace vow::dispatch
