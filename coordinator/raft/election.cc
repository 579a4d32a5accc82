// How a node comes to lead: asking first, then standing, then counting (sections 5.2, 5.4.1;
// dissertation, 9.6).
#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "coordinator/raft/raft.h"

namespace vow::raft {

void Raft::reset_election_timer() {
  ticks_ = 0;
  election_timeout_ = static_cast<std::uint32_t>(
      random_.between(options_.election_ticks, 2 * std::uint64_t{options_.election_ticks} - 1));
}

// Back to following: within a term the vote stays as it is.
void Raft::become_follower(Term term, NodeId leader) {
  VOW_CHECK(term >= hard_state_.term, "term {} after {}", term.value(), hard_state_.term.value());
  if (term > hard_state_.term) hard_state_ = {term, NodeId()};
  if (Leader* was = leading()) {
    for (const ReadId id : was->reads.drop_all()) output_.reads_failed.push_back(id);
  }
  role_ = Follower{leader};
  reset_election_timer();
}

// A voter of the newest configuration that is committed here, or of one after it. Whoever alone has the entry
// with which a joint configuration ends must be able to win even if that entry votes it out
// (dissertation, 4.2.2): the others, still in the joint one, may need its vote, and it cannot vote for their
// shorter logs.
bool Raft::may_stand() const {
  if (!writable_) return false;
  for (std::size_t i = configurations_.size(); i-- > 0;) {
    const auto& [at, each] = configurations_[i];
    if (each.is_voter(options_.self)) return true;
    if (at <= commit_) break;
  }
  return false;
}

void Raft::campaign() {
  if (!may_stand()) {
    // Still, the leader that was not heard is no leader to stick to.
    become_follower(hard_state_.term, NodeId());
    return;
  }
  become_pre_candidate();
}

void Raft::become_pre_candidate() {
  role_ = PreCandidate{.votes = {{options_.self, true}}};
  reset_election_timer();
  for (const NodeId node : configuration().members()) {
    if (node == options_.self || !configuration().is_voter(node)) continue;
    send(node, PreVoteRequest{.term_wanted = hard_state_.term.next(), .last = log_.last()});
  }
  count_votes();
}

void Raft::become_candidate(bool by_transfer) {
  hard_state_ = {hard_state_.term.next(), options_.self};
  role_ = Candidate{.votes = {}, .own_vote = next_seq()};
  reset_election_timer();
  for (const NodeId node : configuration().members()) {
    if (node == options_.self || !configuration().is_voter(node)) continue;
    // Durable first: a candidate that forgot its term could stand in it again, with a shorter log, and count
    // votes given to the longer one.
    send_once_durable(node, VoteRequest{.last = log_.last(), .by_transfer = by_transfer});
  }
}

void Raft::count_votes() {
  const auto tally = [&](const std::map<NodeId, bool>& votes, bool wanted) {
    return configuration().is_quorum([&](NodeId node) {
      const auto vote = votes.find(node);
      return vote != votes.end() && vote->second == wanted;
    });
  };
  if (const auto* pre = std::get_if<PreCandidate>(&role_)) {
    if (tally(pre->votes, true)) become_candidate(false);
  } else if (const auto* candidate = std::get_if<Candidate>(&role_)) {
    if (tally(candidate->votes, true)) {
      become_leader();
    } else if (tally(candidate->votes, false)) {
      become_follower(hard_state_.term, NodeId());
    }
  }
}

void Raft::handle(const Message& m, const PreVoteRequest& request) {
  if (hears_a_leader()) return;
  const bool up_to_date = log_.is_up_to_date(request.last) || VOW_PLANTED(vote_for_shorter_log);
  const bool grant = request.term_wanted > hard_state_.term && up_to_date;
  send(m.from, PreVoteReply{.term_wanted = request.term_wanted, .granted = grant});
}

void Raft::handle(const Message& m, const PreVoteReply& reply) {
  auto* pre = std::get_if<PreCandidate>(&role_);
  if (pre == nullptr || reply.term_wanted != hard_state_.term.next()) return;
  pre->votes[m.from] = reply.granted;
  count_votes();
}

void Raft::handle(const Message& m, const VoteRequest& request) {
  const bool free =
      hard_state_.vote.is_zero() || hard_state_.vote == m.from || VOW_PLANTED(votes_twice_in_a_term);
  const bool follows_nobody = leadership().leader.is_zero() || VOW_PLANTED(votes_twice_in_a_term);
  const bool up_to_date = log_.is_up_to_date(request.last) || VOW_PLANTED(vote_for_shorter_log);
  if (!free || !follows_nobody || !up_to_date) {
    send(m.from, VoteReply{.granted = false});
    return;
  }
  hard_state_.vote = m.from;
  reset_election_timer();
  send_once_durable(m.from, VoteReply{.granted = true});
}

void Raft::handle(const Message& m, const VoteReply& reply) {
  auto* candidate = std::get_if<Candidate>(&role_);
  if (candidate == nullptr) return;
  candidate->votes[m.from] = reply.granted;
  count_votes();
}

void Raft::handle(const Message& m, const TimeoutNow&) {
  (void)m;
  if (std::holds_alternative<Follower>(role_) && may_stand()) become_candidate(true);
}

}  // namespace vow::raft
