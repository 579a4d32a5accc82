// Changing who the members are (dissertation, chapter 4), and handing leadership over (3.10).
//
//   {old} ──change_membership──▶ {old AND new} ──committed──▶ {new} ──committed──▶ done; a leader voted out
//   hands over
//
// A change of learners alone needs no joint step: it alters no quorum.
#include <algorithm>

#include "coordinator/base/check.h"
#include "coordinator/base/limits.h"
#include "coordinator/base/plant.h"
#include "coordinator/raft/raft.h"

namespace vow::raft {

void Raft::enter_configuration(Index at, const Configuration& configuration) {
  VOW_CHECK(configurations_.back().first < at, "configuration at {} after one at {}", at.value(),
            configurations_.back().first.value());
  configurations_.emplace_back(at, configuration);
  Leader* leader = leading();
  if (leader == nullptr) return;
  std::erase_if(leader->followers, [&](const auto& each) { return !configuration.is_member(each.first); });
  for (const NodeId node : configuration.members()) {
    if (node != options_.self) leader->followers.try_emplace(node, log_.last().index);
  }
}

// The entries from `index` on are about to be cut off, and with them what they said.
void Raft::leave_configurations_from(Index index) {
  while (configurations_.back().first >= index) {
    VOW_CHECK(configurations_.size() > 1, "the committed configuration at {} would be cut off",
              configurations_.back().first.value());
    configurations_.pop_back();
  }
}

const Configuration& Raft::configuration_at(Index index) const {
  VOW_CHECK(configurations_.front().first <= index && index <= handed_out_,
            "no configuration is known as of {}", index.value());
  const Configuration* found = nullptr;
  for (const auto& [at, configuration] : configurations_) {
    if (at <= index) found = &configuration;
  }
  return *found;
}

std::optional<Refusal> Raft::objection(const Membership& wanted) const {
  const Leader* leader = leading();
  if (leader == nullptr) return Refusal::not_leader;
  if (leader->transfer) return Refusal::transferring;
  // Two leaders that each append a change without having committed an entry of their term could go separate
  // ways.
  if (commit_ < leader->first && !VOW_PLANTED(change_before_own_entry)) return Refusal::not_ready;
  const Configuration& now = configuration();
  if (configurations_.back().first > commit_ || now.joint()) return Refusal::change_in_progress;
  const bool overlap = std::any_of(wanted.voters.begin(), wanted.voters.end(),
                                   [&](NodeId node) { return wanted.learners.contains(node); });
  if (wanted.voters.empty() || overlap || wanted.voters.contains(NodeId()) ||
      wanted.learners.contains(NodeId()) ||
      wanted.voters.size() + wanted.learners.size() > limits::members_max) {
    return Refusal::invalid;
  }
  if (wanted.voters == now.voters && wanted.learners == now.learners) return Refusal::unchanged;
  for (const NodeId node : wanted.voters) {
    if (now.voters.contains(node)) continue;
    const auto learner = leader->followers.find(node);
    if (learner == leader->followers.end() || !learner->second.active ||
        log_.last().index - learner->second.match() > options_.promotion_lag_max) {
      return Refusal::learner_behind;
    }
  }
  return std::nullopt;
}

Result<LogPosition, Refusal> Raft::change_membership(const Membership& wanted) {
  if (const auto refusal = objection(wanted)) return Failure{*refusal};
  Configuration next = configuration();
  if (wanted.voters != next.voters) next.voters_outgoing = next.voters;
  next.voters = wanted.voters;
  next.learners = wanted.learners;
  if (VOW_PLANTED(joint_step_skipped)) next.voters_outgoing.clear();
  propose_configuration(next);
  return log_.last();
}

void Raft::propose_configuration(const Configuration& configuration) {
  append_own(EntryKind::configuration, Payload(encode(configuration)));
  enter_configuration(log_.last().index, configuration);
}

// After each advance of the commit index at the leader.
void Raft::continue_membership_change() {
  if (configurations_.back().first > commit_) return;
  if (configuration().joint()) {
    Configuration next = configuration();
    next.voters_outgoing.clear();
    propose_configuration(next);
  } else if (!configuration().is_voter(options_.self)) {
    hand_over_to_best();
  } else {
    raise_version();
  }
}

// New record formats may be used once every member understands them; that is a change of configuration too,
// so that no member of a later one can be without.
void Raft::raise_version() {
  Leader& leader = *leading();
  if (commit_ < leader.first || configurations_.back().first > commit_ || configuration().joint()) return;
  std::uint32_t understood = options_.version;
  for (const auto& [node, progress] : leader.followers) understood = std::min(understood, progress.version);
  if (understood <= configuration().version) return;
  Configuration next = configuration();
  next.version = understood;
  propose_configuration(next);
}

Result<void, Refusal> Raft::transfer_leadership(NodeId to) {
  Leader* leader = leading();
  if (leader == nullptr) return Failure{Refusal::not_leader};
  if (leader->transfer) return Failure{Refusal::transferring};
  if (to == options_.self) return Failure{Refusal::unchanged};
  if (!configuration().voters.contains(to) || !leader->followers.contains(to))
    return Failure{Refusal::unknown_node};
  leader->transfer = Transfer{.to = to};
  hand_over(to);
  return {};
}

// Tells the chosen one to stand for election as soon as it has everything.
void Raft::hand_over(NodeId to) {
  Leader& leader = *leading();
  if (leader.transfer->told || leader.followers.at(to).match() < log_.last().index) return;
  leader.transfer->told = true;
  send(to, TimeoutNow{});
}

// This leader is voted out, for good: whoever has most takes over at once.
void Raft::hand_over_to_best() {
  NodeId best;
  Index most;
  for (const auto& [node, progress] : leading()->followers) {
    if (!configuration().voters.contains(node)) continue;
    if (best.is_zero() || progress.match() > most) {
      best = node;
      most = progress.match();
    }
  }
  // The new members learn here that the change is committed, and the chosen one that it should stand.
  heartbeat_to_all();
  if (!best.is_zero()) send(best, TimeoutNow{});
  become_follower(hard_state_.term, NodeId());
}

}  // namespace vow::raft
