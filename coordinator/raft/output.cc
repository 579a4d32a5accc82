// Collecting what the world around must do.
#include <algorithm>

#include "coordinator/base/check.h"
#include "coordinator/base/limits.h"
#include "coordinator/base/plant.h"
#include "coordinator/raft/raft.h"

namespace vow::raft {

void Raft::send(NodeId to, decltype(Message::body) body) {
  output_.send.push_back({options_.self, to, hard_state_.term, std::move(body)});
}

// For votes and acknowledgements: they promise what is in the next write, or in one before it.
void Raft::send_once_durable(NodeId to, decltype(Message::body) body) {
  if (VOW_PLANTED(acknowledged_before_fsync) && std::holds_alternative<AppendReply>(body)) {
    send(to, std::move(body));
    return;
  }
  then_send_.push_back({options_.self, to, hard_state_.term, std::move(body)});
}

void Raft::commit_to(Index index) {
  if (index <= commit_) return;
  VOW_CHECK(index <= log_.last().index, "commit {} beyond the last entry {}", index.value(),
            log_.last().index.value());
  commit_ = index;
}

void Raft::persisted(PersistSeq seq) {
  VOW_CHECK(seq < next_seq_, "write {} was never handed out", seq.value());
  persisted_ = std::max(persisted_, seq);
  log_.persisted(seq);
  if (auto* candidate = std::get_if<Candidate>(&role_); candidate != nullptr && candidate->own_vote <= seq) {
    candidate->votes[options_.self] = true;
    count_votes();
  }
  if (leading() != nullptr) maybe_commit();
}

void Raft::compact(Index upto) {
  VOW_CHECK(upto <= handed_out_, "entry {} was not handed out yet", upto.value());
  const auto term = log_.term_at(upto);
  if (!term || upto == log_.base().index) return;  // done already
  log_.compact({upto, *term});
  // Only the newest of the configurations up to there can still be asked for.
  while (configurations_.size() > 1 && configurations_[1].first <= upto) configurations_.pop_front();
}

Output Raft::take_output() {
  if (Leader* leader = leading()) {
    if (leader->reads.begin_round()) heartbeat_to_all();
    confirm_reads();  // a leader without other voters needs no answer
    replicate_to_all();
  }
  Output output = std::exchange(output_, {});

  const bool state_changed = hard_state_ != written_hard_state_;
  if (state_changed || log_.has_unwritten() || (!then_send_.empty() && log_.write_outstanding())) {
    Persist persist{.seq = next_seq_,
                    .write = log_.take_unwritten(next_seq_),
                    .then_send = std::exchange(then_send_, {})};
    if (state_changed) {
      persist.write.hard_state = hard_state_;
      if (VOW_PLANTED(vote_not_persisted)) persist.write.hard_state->vote = NodeId();
      written_hard_state_ = hard_state_;
    }
    next_seq_ = next_seq_.next();
    output.persist = std::move(persist);
  } else {
    // What they promise is durable already.
    std::move(then_send_.begin(), then_send_.end(), std::back_inserter(output.send));
    then_send_.clear();
  }

  const Index ready = std::min(commit_, log_.stable());
  if (handed_out_ < ready) {
    output.committed =
        log_.slice(handed_out_.next(), ready, limits::apply_bytes_max, limits::append_entries_max);
    handed_out_ = output.committed.back().index;
  }
  if (const Leadership now = leadership(); now != reported_) output.leadership = reported_ = now;
  return output;
}

}  // namespace vow::raft
