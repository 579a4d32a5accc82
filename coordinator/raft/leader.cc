// Leading: appending, replicating, committing, confirming reads (sections 5.3, 5.4; dissertation, 6.4).
#include <algorithm>

#include "coordinator/base/check.h"
#include "coordinator/base/limits.h"
#include "coordinator/base/plant.h"
#include "coordinator/raft/raft.h"

namespace vow::raft {

void Raft::become_leader() {
  role_ = Leader{};
  Leader& leader = *leading();
  for (const NodeId node : configuration().members()) {
    if (node != options_.self) leader.followers.emplace(node, Progress(log_.last().index));
  }
  leader.first = log_.last().index.next();
  // Commits, with itself, all that earlier terms left undecided.
  append_own(EntryKind::empty, Payload());
}

void Raft::tick_leader(Leader& leader) {
  if (leader.transfer && ++leader.transfer->ticks >= options_.election_ticks) leader.transfer.reset();

  if (++leader.ticks_since_quorum_check >= options_.election_ticks) {
    leader.ticks_since_quorum_check = 0;
    const bool heard = configuration().is_quorum([&](NodeId node) {
      if (node == options_.self) return true;
      const auto follower = leader.followers.find(node);
      return follower != leader.followers.end() && follower->second.active;
    });
    if (!heard) {
      become_follower(hard_state_.term, NodeId());
      return;
    }
    for (auto& [node, progress] : leader.followers) progress.active = false;
  }
  if (++leader.ticks_since_heartbeat >= options_.heartbeat_ticks) {
    for (auto& [node, progress] : leader.followers) progress.begin_beat();
    heartbeat_to_all();
  }
}

void Raft::heartbeat_to_all() {
  Leader& leader = *leading();
  leader.ticks_since_heartbeat = 0;
  for (const auto& [node, progress] : leader.followers) {
    const Index known = VOW_PLANTED(heartbeat_commits_unseen) ? commit_ : std::min(commit_, progress.match());
    send(node, Heartbeat{.commit = known, .round = leader.reads.round()});
  }
}

Result<LogPosition, Refusal> Raft::propose(std::vector<Payload> commands) {
  Leader* leader = leading();
  if (leader == nullptr) return Failure{Refusal::not_leader};
  if (leader->transfer) return Failure{Refusal::transferring};
  if (leader->uncommitted_bytes > limits::uncommitted_bytes_max || log_.disk_lags())
    return Failure{Refusal::overloaded};
  const LogPosition first{log_.last().index.next(), hard_state_.term};
  for (Payload& command : commands) append_own(EntryKind::command, std::move(command));
  return first;
}

void Raft::append_own(EntryKind kind, Payload payload) {
  leading()->uncommitted_bytes += payload.size();
  log_.append({log_.last().index.next(), hard_state_.term, kind, std::move(payload)});
}

// Called once per output, so that what was proposed since the last one travels together.
void Raft::replicate_to_all() {
  Leader& leader = *leading();
  for (auto& [node, progress] : leader.followers) replicate_to(node, progress, false);
}

void Raft::replicate_to(NodeId to, Progress& progress, bool even_if_empty) {
  while (progress.may_send() || even_if_empty) {
    if (progress.state() == Progress::State::snapshot) return;
    if (progress.next() > log_.last().index && !even_if_empty) return;
    const auto prev_term = log_.term_at(progress.next().prev());
    if (!prev_term) {
      // To someone who does not answer, nothing so large is sent.
      if (!progress.active) return;
      progress.begin_snapshot();
      output_.snapshot_wanted.push_back(to);
      return;
    }
    Append append{.prev = {progress.next().prev(), *prev_term}, .entries = {}, .commit = commit_};
    if (progress.may_send()) {
      append.entries = log_.slice(progress.next(), log_.last().index, options_.append_bytes_max,
                                  options_.append_entries_max);
      std::size_t bytes = 0;
      for (const Entry& entry : append.entries) bytes += entry.payload.size();
      if (!append.entries.empty())
        progress.sent(append.entries.back().index, bytes);
      else if (progress.state() == Progress::State::probe)
        progress.sent(append.prev.index, 0);
    }
    send(to, std::move(append));
    even_if_empty = false;
  }
}

void Raft::handle(const Message& m, const AppendReply& reply) {
  Leader* leader = leading();
  if (leader == nullptr) return;
  const auto found = leader->followers.find(m.from);
  if (found == leader->followers.end()) return;  // no member any more
  Progress& progress = found->second;
  progress.active = true;
  if (!reply.accepted) {
    if (progress.rejected(reply.index, log_.possible_agreement(reply.hint).index))
      replicate_to(m.from, progress, true);
    return;
  }
  VOW_CHECK(reply.index <= log_.last().index, "node {} acknowledges entry {} of {}", m.from.value(),
            reply.index.value(), log_.last().index.value());
  if (progress.acknowledged(reply.index)) maybe_commit();
  leader = leading();  // committing may have ended this leadership
  if (leader == nullptr) return;
  if (leader->transfer && leader->transfer->to == m.from) hand_over(m.from);
}

void Raft::handle(const Message& m, const HeartbeatReply& reply) {
  Leader* leader = leading();
  if (leader == nullptr) return;
  const auto found = leader->followers.find(m.from);
  if (found == leader->followers.end()) return;
  Progress& progress = found->second;
  progress.active = true;
  progress.version = reply.version;
  progress.round = std::max(progress.round, reply.round);
  // It lacks something. If that is not just on its way, an append was lost: one that follows what was sent
  // last tells, by being rejected. Answers to rounds of reads come too often to ask each time.
  if (progress.answered_beat() && progress.match() < log_.last().index) replicate_to(m.from, progress, true);
  confirm_reads();
  raise_version();
}

void Raft::maybe_commit() {
  Leader& leader = *leading();
  const Index reached(configuration().reached_by_quorum([&](NodeId node) -> std::uint64_t {
    if (node == options_.self) {
      return VOW_PLANTED(leader_counts_unsynced) ? log_.last().index.value() : log_.stable().value();
    }
    const auto follower = leader.followers.find(node);
    return follower == leader.followers.end() ? 0 : follower->second.match().value();
  }));
  if (reached <= commit_) return;
  // An entry of an earlier term may be on a quorum's disks and still be overwritten (figure 8): it is
  // committed only by one of this term after it.
  if (log_.term_at(reached) != hard_state_.term && !VOW_PLANTED(commit_by_counting)) return;
  const Index before = commit_;
  commit_to(reached);
  on_commit_advanced(before);
}

void Raft::on_commit_advanced(Index before) {
  Leader& leader = *leading();
  for (Index i = before.next(); i <= commit_; i = i.next()) {
    leader.uncommitted_bytes -= std::min(leader.uncommitted_bytes, log_.at(i).payload.size());
  }
  if (before < leader.first && commit_ >= leader.first) {
    leader.reads.raise_indices(leader.first);
    confirm_reads();
  }
  continue_membership_change();
}

Result<void, Refusal> Raft::read(ReadId id) {
  Leader* leader = leading();
  if (leader == nullptr) return Failure{Refusal::not_leader};
  if (leader->reads.size() >= limits::pending_reads_max) return Failure{Refusal::overloaded};
  leader->reads.add(id, commit_);
  if (VOW_PLANTED(read_without_confirming)) {
    (void)leader->reads.begin_round();
    for (ReadReady ready : leader->reads.confirmed(leader->reads.round())) output_.reads.push_back(ready);
  }
  return {};
}

void Raft::confirm_reads() {
  Leader& leader = *leading();
  // What earlier terms committed is known only once an entry of this term is.
  if (commit_ < leader.first && !VOW_PLANTED(read_before_own_term)) return;
  const std::uint64_t round = configuration().reached_by_quorum([&](NodeId node) -> std::uint64_t {
    if (node == options_.self) return leader.reads.round();
    const auto follower = leader.followers.find(node);
    return follower == leader.followers.end() ? 0 : follower->second.round;
  });
  const std::uint64_t counted =
      VOW_PLANTED(read_confirmed_by_older_round) && round > 0 ? leader.reads.round() : round;
  for (const ReadReady ready : leader.reads.confirmed(counted)) output_.reads.push_back(ready);
}

void Raft::snapshot_sent(NodeId to, Index at) {
  Leader* leader = leading();
  if (leader == nullptr) return;
  const auto follower = leader->followers.find(to);
  if (follower == leader->followers.end()) return;
  follower->second.snapshot_sent(at);
  replicate_to(to, follower->second, true);
}

void Raft::snapshot_failed(NodeId to) {
  Leader* leader = leading();
  if (leader == nullptr) return;
  const auto follower = leader->followers.find(to);
  if (follower != leader->followers.end()) follower->second.snapshot_failed();
}

}  // namespace vow::raft
