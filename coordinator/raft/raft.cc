#include "coordinator/raft/raft.h"

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"

namespace vow::raft {

const char* to_string(Refusal refusal) {
  switch (refusal) {
    case Refusal::not_leader:
      return "not the leader";
    case Refusal::transferring:
      return "leadership is being handed over";
    case Refusal::overloaded:
      return "overloaded";
    case Refusal::not_ready:
      return "the leader is not ready yet";
    case Refusal::change_in_progress:
      return "another membership change is in progress";
    case Refusal::learner_behind:
      return "a new voter must first be a learner that has caught up";
    case Refusal::invalid:
      return "no valid membership";
    case Refusal::unchanged:
      return "it is so already";
    case Refusal::unknown_node:
      return "not a voter of this cell";
  }
  return "?";
}

const char* to_string(Role role) {
  switch (role) {
    case Role::follower:
      return "follower";
    case Role::pre_candidate:
      return "pre_candidate";
    case Role::candidate:
      return "candidate";
    case Role::leader:
      return "leader";
  }
  return "?";
}

Raft::Raft(const Options& options, Restored restored, Random random)
    : options_(options),
      random_(random),
      hard_state_(restored.hard_state),
      log_(restored.log_base, std::move(restored.entries)),
      commit_(restored.snapshot.index),
      handed_out_(restored.snapshot.index),
      written_hard_state_(restored.hard_state) {
  VOW_CHECK(!options_.self.is_zero(), "a node needs an id");
  VOW_CHECK(log_.contains(restored.snapshot), "the log {}..{} does not hold the snapshot's position {}",
            describe(log_.base()), describe(log_.last()), describe(restored.snapshot));
  configurations_.emplace_back(restored.snapshot.index, std::move(restored.configuration));
  for (Index i = commit_.next(); i <= log_.last().index; i = i.next()) {
    const Entry& entry = log_.at(i);
    if (entry.kind != EntryKind::configuration) continue;
    auto configuration = decode_configuration(entry.payload.view());
    VOW_CHECK(configuration.has_value(), "entry {} holds no configuration", describe(entry.position()));
    configurations_.emplace_back(i, *std::move(configuration));
  }
  reported_ = leadership();
  reset_election_timer();
}

void Raft::tick() {
  if (Leader* leader = leading()) {
    tick_leader(*leader);
    return;
  }
  ++ticks_;
  if (ticks_ >= election_timeout_) campaign();
}

void Raft::step(const Message& m) {
  VOW_CHECK(m.to == options_.self, "a message for node {} reached node {}", m.to.value(),
            options_.self.value());
  if (m.from == options_.self) return;  // somebody else bears this node's name, or the network echoes
  if (!settle_term(m)) return;
  std::visit([&](const auto& body) { handle(m, body); }, m.body);
}

// Whether the message concerns this term, into which its sender's higher term may have brought us.
bool Raft::settle_term(const Message& m) {
  const bool from_leader = std::holds_alternative<Append>(m.body) ||
                           std::holds_alternative<Heartbeat>(m.body) ||
                           std::holds_alternative<TimeoutNow>(m.body);
  // Questions and answers before an election are about a term that does not exist yet.
  if (std::holds_alternative<PreVoteRequest>(m.body)) {
    if (VOW_PLANTED(term_taken_from_pre_vote)) {
      const Term wanted = std::get<PreVoteRequest>(m.body).term_wanted;
      if (wanted > hard_state_.term) become_follower(wanted, NodeId());
    }
    return true;
  }
  if (const auto* reply = std::get_if<PreVoteReply>(&m.body); reply != nullptr && reply->granted) return true;

  if (const auto* request = std::get_if<VoteRequest>(&m.body)) {
    // A node that was cut off, or voted out and does not know it, must not depose a leader that works
    // (4.2.3).
    if (!request->by_transfer && hears_a_leader()) return false;
  }
  if (m.term > hard_state_.term) {
    become_follower(m.term, from_leader ? m.from : NodeId());
    return true;
  }
  if (m.term == hard_state_.term) return true;

  // A leader of the past learns that it is deposed. So it does when this node merely stood for election in
  // vain: otherwise it would be ignored here for ever, and this node by everyone there.
  if (from_leader) send(m.from, AppendReply{.accepted = false, .index = log_.last().index, .hint = {}});
  if (std::holds_alternative<VoteRequest>(m.body)) send(m.from, VoteReply{.granted = false});
  return VOW_PLANTED(stale_votes_counted) && std::holds_alternative<VoteReply>(m.body);
}

bool Raft::hears_a_leader() const {
  if (leading() != nullptr) return true;  // it would have stepped down if no quorum heard it
  const auto* follower = std::get_if<Follower>(&role_);
  return follower != nullptr && !follower->leader.is_zero() && ticks_ < options_.election_ticks;
}

void Raft::set_writable(bool writable) {
  if (writable_ == writable) return;
  writable_ = writable;
  if (!writable && leading() != nullptr) become_follower(hard_state_.term, NodeId());
}

Leadership Raft::leadership() const {
  Leadership result{Role::follower, hard_state_.term, NodeId()};
  if (const auto* follower = std::get_if<Follower>(&role_)) result.leader = follower->leader;
  if (std::holds_alternative<PreCandidate>(role_)) result.role = Role::pre_candidate;
  if (std::holds_alternative<Candidate>(role_)) result.role = Role::candidate;
  if (leading() != nullptr) {
    result.role = Role::leader;
    result.leader = options_.self;
  }
  return result;
}

Status Raft::status() const {
  Status status;
  status.leadership = leadership();
  status.commit = commit_;
  status.base = log_.base();
  status.last = log_.last();
  status.stable = log_.stable();
  status.handed_out = handed_out_;
  status.configuration = configuration();
  status.configuration_at = configurations_.back().first;
  if (const Leader* leader = leading()) {
    status.ready = commit_ >= leader->first;
    for (const auto& [node, progress] : leader->followers) {
      status.followers.push_back(
          {node, progress.state(), progress.match(), progress.next(), progress.active, progress.lost_data});
    }
  }
  return status;
}

void Raft::check_invariants() const {
  log_.check_invariants();
  VOW_CHECK(log_.base().index <= handed_out_ && handed_out_ <= commit_ && commit_ <= log_.last().index,
            "base {} handed out {} commit {} last {}", log_.base().index.value(), handed_out_.value(),
            commit_.value(), log_.last().index.value());
  VOW_CHECK(handed_out_ <= log_.stable(), "handed out {}, durable up to {}", handed_out_.value(),
            log_.stable().value());
  VOW_CHECK(hard_state_.term >= log_.last().term, "term {} with an entry of term {}",
            hard_state_.term.value(), log_.last().term.value());
  VOW_CHECK(!configurations_.empty() && configurations_.front().first <= commit_,
            "no committed configuration");
  for (std::size_t i = 1; i < configurations_.size(); ++i) {
    const Index at = configurations_[i].first;
    VOW_CHECK(configurations_[i - 1].first < at && at <= log_.last().index,
              "configuration at {} out of order", at.value());
  }
  const Leader* leader = leading();
  if (leader == nullptr) return;
  VOW_CHECK(log_.last().term == hard_state_.term, "a leader of term {} whose log ends in term {}",
            hard_state_.term.value(), log_.last().term.value());
  for (const auto& [node, progress] : leader->followers) {
    progress.check_invariants();
    VOW_CHECK(progress.match() <= log_.last().index, "node {} acknowledged {} of {}", node.value(),
              progress.match().value(), log_.last().index.value());
    VOW_CHECK(configuration().is_member(node), "node {} is followed but no member", node.value());
  }
}

}  // namespace vow::raft
