#include "tests/sim/safety_checker.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "coordinator/base/checksum.h"
#include "tests/sim/violation.h"

namespace vow::sim {
namespace {

using raft::Role;

std::string entry_of(const NodeView& view, storage::LogPosition at) {
  return fmt::format("node {} has entry {}", view.id.value(), raft::describe(at));
}

// Counted here once more, since the product's own counting may be what is wrong.
template <class Agrees>
bool is_majority(const std::set<NodeId>& nodes, Agrees agrees) {
  return static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), agrees)) > nodes.size() / 2;
}

template <class Agrees>
bool is_quorum(const raft::Configuration& members, Agrees agrees) {
  return is_majority(members.voters, agrees) &&
         (!members.joint() || is_majority(members.voters_outgoing, agrees));
}

}  // namespace

void SafetyChecker::started(const NodeView& view) {
  Seen& seen = seen_[view.id];
  seen = {};
  seen.life = view.life;
  seen.leadership = view.node.raft().leadership();
  seen.commit = view.node.raft().commit();
  seen.configuration = view.node.raft().configuration();
  if (seen.commit > committed_) {
    throw Violation("a node knows nothing as committed that no leader committed",
                    fmt::format("node {} starts with a snapshot at {}, but only {} is committed",
                                view.id.value(), seen.commit.value(), committed_.value()));
  }
  look_at_state(view, seen);
}

void SafetyChecker::look(const NodeView& view) {
  Seen& seen = seen_[view.id];
  look_at_commit(view, seen);
  look_at_members(view, seen);
  look_at_leadership(view, seen);
  look_at_state(view, seen);
}

void SafetyChecker::look_at_leadership(const NodeView& view, Seen& seen) {
  const raft::Leadership now = view.node.raft().leadership();
  const raft::Leadership before = seen.leadership;
  if (now == before) return;
  seen.leadership = now;
  world_.trace.line("node {} is {} in term {}, leader {}", view.id.value(), raft::to_string(now.role),
                    now.term.value(), now.leader.value());
  if (now.term < before.term) {
    throw Violation("a node's term never falls",
                    fmt::format("node {} went from term {} to {}", view.id.value(), before.term.value(),
                                now.term.value()));
  }
  if (before.role == Role::candidate && now.role == Role::follower) world_.happened(Rare::election_lost);
  if (before.role == Role::leader && now.role != Role::leader) {
    if (now.term > before.term)
      world_.happened(Rare::leader_deposed);
    else if (!view.node.raft().configuration().is_voter(view.id))
      world_.happened(Rare::leader_voted_out);
    else
      world_.happened(Rare::leader_lost_quorum);
  }
  const bool is_new = before.role != Role::leader || before.term != now.term;
  if (now.role == Role::leader && is_new) became_leader(view, now.term);
}

void SafetyChecker::became_leader(const NodeView& view, Term term) {
  ++world_.counters.elections;
  world_.happened(Rare::election_won);
  if (view.node.raft().configuration().joint()) world_.happened(Rare::joint_at_leader_change);
  for (const auto& [id, seen] : seen_) {
    if (id != view.id && seen.leadership.role == Role::leader) world_.happened(Rare::two_leaders);
  }
  const auto [leader, first] = leaders_.emplace(term, std::pair(view.id, view.life));
  if (!first && leader->second != std::pair(view.id, view.life)) {
    throw Violation(
        "a term has at most one leader",
        fmt::format("term {} has two: node {} (process {}) and node {} (process {})", term.value(),
                    leader->second.first.value(), leader->second.second, view.id.value(), view.life));
  }
  vote(view.id, term, view.id);
  check_votes(view, term);
  check_log_at_election(view, term);
}

void SafetyChecker::check_votes(const NodeView& view, Term term) const {
  const auto voted = [&](NodeId voter) {
    const auto given = votes_.find({term, voter});
    return given != votes_.end() && given->second == view.id;
  };
  if (is_quorum(view.node.raft().configuration(), voted)) return;
  throw Violation("a leader has the votes of a quorum",
                  fmt::format("node {} leads term {} without; members are {}", view.id.value(), term.value(),
                              raft::describe(view.node.raft().configuration())));
}

void SafetyChecker::check_log_at_election(const NodeView& view, Term term) const {
  const raft::Log& log = view.node.raft().log();
  for (const auto& [index, entry] : log_) {
    if (index <= log.base().index || entry.in_term >= term) continue;
    if (log.term_at(index) == entry.term) continue;
    throw Violation(
        "a leader has all that was committed before its term",
        fmt::format("node {} leads term {} without entry {}, committed in term {}; its log ends at {}",
                    view.id.value(), term.value(), raft::describe({index, entry.term}), entry.in_term.value(),
                    raft::describe(log.last())));
  }
}

void SafetyChecker::look_at_members(const NodeView& view, Seen& seen) {
  const raft::Raft& raft = view.node.raft();
  if (raft.configuration() == seen.configuration) return;
  seen.configuration = raft.configuration();
  const Index at = raft.status().configuration_at;
  if (at > configuration_at_) possible_configurations_.emplace_back(at, raft.configuration());
  const raft::Leadership now = raft.leadership();
  if (now.role != Role::leader || seen.leadership != now || raft.log().term_at(raft.commit()) == now.term)
    return;
  throw Violation("a leader changes the members only once it has committed an entry of its own term",
                  fmt::format("node {} leads term {}, has committed up to {}, and its members are now {}",
                              view.id.value(), now.term.value(), raft.commit().value(),
                              raft::describe(raft.configuration())));
}

void SafetyChecker::vote(NodeId voter, Term term, NodeId candidate) {
  const auto [given, first] = votes_.emplace(std::pair(term, voter), candidate);
  if (!first && given->second != candidate) {
    throw Violation("a node votes at most once in a term",
                    fmt::format("node {} voted for {} and for {} in term {}", voter.value(),
                                given->second.value(), candidate.value(), term.value()));
  }
}

void SafetyChecker::look_at_commit(const NodeView& view, Seen& seen) {
  const raft::Raft& raft = view.node.raft();
  const Index commit = raft.commit();
  if (commit == seen.commit) return;
  if (commit < seen.commit) {
    throw Violation("what is committed stays committed",
                    fmt::format("node {} went from {} committed to {}", view.id.value(), seen.commit.value(),
                                commit.value()));
  }
  const raft::Leadership now = raft.leadership();
  const bool led = seen.leadership.role == Role::leader;
  const bool leads = led || now.role == Role::leader;
  if (commit > committed_) {
    if (!leads) {
      throw Violation("a node knows nothing as committed that no leader committed",
                      fmt::format("node {} believes {} committed; leaders committed {}", view.id.value(),
                                  commit.value(), committed_.value()));
    }
    const storage::LogPosition at = raft.log().at(commit).position();
    const Term term = led ? seen.leadership.term : now.term;
    if (at.term != term) {
      throw Violation("a leader counts replicas only for entries of its own term (5.4.2)",
                      fmt::format("node {}, leading term {}, committed {}", view.id.value(), term.value(),
                                  raft::describe(at)));
    }
    check_quorum(view, seen.configuration, at);
  }
  for (Index i = std::max(seen.commit, raft.log().base().index).next(); i <= commit; i = i.next()) {
    committed_by(view, raft.log().at(i), led);
  }
  seen.commit = commit;
}

// The configuration may have changed in the very step that committed: either may have been the one that
// counted.
void SafetyChecker::check_quorum(const NodeView& view, const raft::Configuration& before,
                                 storage::LogPosition at) const {
  const auto durable = [&](NodeId node) {
    const auto found = logs_.find(node);
    return found != logs_.end() && found->second.durable.holds(at);
  };
  if (is_quorum(view.node.raft().configuration(), durable) || is_quorum(before, durable)) return;
  std::string holders;
  for (const auto& [node, promised] : logs_) {
    if (promised.durable.holds(at)) holders += " " + to_string(node);
  }
  throw Violation("an entry is committed only once a quorum holds it durably",
                  fmt::format("node {} committed {}, which is on the disks of only:{}; members are {}",
                              view.id.value(), raft::describe(at), holders, raft::describe(before)));
}

void SafetyChecker::committed_by(const NodeView& view, const storage::Entry& entry, bool led) {
  const Term now = view.node.raft().leadership().term;
  const Term in_term = led ? seen_[view.id].leadership.term : now;
  const std::uint64_t sum = checksum(entry.payload.view());
  const auto [known, first] = log_.emplace(entry.index, Committed{entry.term, entry.kind, sum, in_term});
  if (first) {
    committed_ = entry.index;
    ++world_.counters.entries;
    if (entry.kind == storage::EntryKind::configuration) note_configuration(entry);
    return;
  }
  const Committed& others = known->second;
  if (others.term != entry.term || others.kind != entry.kind || others.sum != sum) {
    throw Violation(
        "a committed entry never changes",
        entry_of(view, entry.position()) +
            fmt::format(" as committed, where others have {}", raft::describe({entry.index, others.term})));
  }
}

void SafetyChecker::note_configuration(const storage::Entry& entry) {
  const auto decoded = raft::decode_configuration(entry.payload.view());
  if (!decoded) throw Violation("configuration entries can be read", raft::describe(entry.position()));
  const raft::Configuration before = std::exchange(configuration_, *decoded);
  configuration_at_ = entry.index;
  std::erase_if(possible_configurations_, [&](const auto& each) { return each.first <= entry.index; });
  world_.trace.line("committed configuration {}", raft::describe(*decoded));
  if (decoded->joint()) {
    world_.happened(Rare::joint_entered);
    return;
  }
  if (before.joint()) world_.happened(Rare::joint_left);
  if (before.joint() || before.voters != decoded->voters || before.learners != decoded->learners) {
    ++world_.counters.membership_changes;
    world_.happened(Rare::membership_changed);
  }
  for (const NodeId learner : decoded->learners) {
    if (!before.is_member(learner)) world_.happened(Rare::learner_added);
  }
}

void SafetyChecker::look_at_state(const NodeView& view, Seen& seen) {
  const Index applied = view.node.applied().index;
  if (applied == seen.applied) return;
  if (applied < seen.applied) {
    throw Violation("a replica's state never goes back",
                    fmt::format("node {} went from applied {} to {}", view.id.value(), seen.applied.value(),
                                applied.value()));
  }
  seen.applied = applied;
}

void SafetyChecker::applied_to(NodeId node, storage::LogPosition at, std::uint64_t digest) {
  world_.trace.line("node {} applied {}: state #{:08x}", node.value(), at.index.value(), digest & 0xffffffff);
  // Before the first entry, those that are to join have nothing yet.
  if (at.index.is_zero()) return;
  const auto [state, first] = states_.emplace(at.index, digest);
  if (!first && state->second != digest) {
    throw Violation("replicas that applied the same entries have the same state",
                    fmt::format("node {} at {} has state #{:016x}, another had #{:016x}", node.value(),
                                at.index.value(), digest, state->second));
  }
}

void SafetyChecker::applying(const NodeView& view, storage::LogPosition at) {
  const auto known = log_.find(at.index);
  if (known == log_.end() || known->second.term != at.term) {
    throw Violation("only what is committed is applied",
                    entry_of(view, at) + " applied, which nobody committed");
  }
  Seen& seen = seen_[view.id];
  if (seen.applying == at) world_.happened(Rare::batch_of_commands);
  seen.applying = at;
}

void SafetyChecker::sent(const node::PeerMessage& message) {
  if (const auto* chunk = std::get_if<node::SnapshotChunk>(&message)) {
    if (chunk->offset > 0) world_.happened(Rare::snapshot_in_pieces);
  }
  const auto* m = std::get_if<raft::Message>(&message);
  if (m == nullptr) return;
  if (const auto* reply = std::get_if<raft::VoteReply>(&m->body)) {
    if (reply->granted)
      voted(*m);
    else
      world_.happened(Rare::vote_refused);
  } else if (const auto* pre_vote = std::get_if<raft::PreVoteReply>(&m->body)) {
    const auto voter = seen_.find(m->from);
    if (!pre_vote->granted && voter != seen_.end() && !voter->second.leadership.leader.is_zero())
      world_.happened(Rare::pre_vote_refused_for_leader);
  } else if (const auto* append = std::get_if<raft::AppendReply>(&m->body)) {
    if (append->accepted)
      acknowledged(*m, *append);
    else
      world_.happened(Rare::append_rejected);
  }
}

void SafetyChecker::voted(const raft::Message& message) {
  vote(message.from, message.term, message.to);
  const storage::HardState durable = logs_.at(message.from).durable.hard_state;
  if (durable.term > message.term || durable == storage::HardState{message.term, message.to}) return;
  throw Violation("a vote is on the disk before it is told",
                  fmt::format("node {} votes for {} in term {}; on its disk are term {} and vote {}",
                              message.from.value(), message.to.value(), message.term.value(),
                              durable.term.value(), durable.vote.value()));
}

// Entries that a later leader has replaced meanwhile, in the same write, are no reason to worry.
void SafetyChecker::acknowledged(const raft::Message& message, const raft::AppendReply& reply) const {
  const LogImage& durable = logs_.at(message.from).durable;
  if (durable.hard_state.term > message.term || reply.index <= durable.last().index) return;
  throw Violation(
      "entries are on the disk before they are acknowledged",
      fmt::format("node {} acknowledges entries up to {} in term {}; on its disk the log ends at {}",
                  message.from.value(), reply.index.value(), message.term.value(),
                  raft::describe(durable.last())));
}

void SafetyChecker::read_answered(const node::Node& node, NodeId at, Index committed) const {
  if (node.applied().index >= committed) return;
  throw Violation("a read sees all that was committed when it was asked for",
                  fmt::format("node {} answers from the state at {}, but {} was committed before", at.value(),
                              node.applied().index.value(), committed.value()));
}

}  // namespace vow::sim
