// Taking over what the leader of this term has (section 5.3).
#include <algorithm>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"
#include "coordinator/raft/raft.h"

namespace vow::raft {

// The sender leads this term.
void Raft::follow(const Message& m) {
  VOW_CHECK(leading() == nullptr, "nodes {} and {} both lead term {}", options_.self.value(), m.from.value(),
            hard_state_.term.value());
  become_follower(hard_state_.term, m.from);
}

void Raft::handle(const Message& m, const Append& append) {
  follow(m);
  // No answer: the leader probes again, when there may be room.
  if (!writable_ || log_.disk_lags()) return;

  if (append.prev.index < commit_) {
    // Old, or repeated. What is committed here is what the leader has, too.
    send_once_durable(m.from, AppendReply{.accepted = true, .index = commit_, .hint = {}});
    return;
  }
  if (!log_.contains(append.prev) &&
      !(VOW_PLANTED(previous_entry_not_compared) && append.prev.index <= log_.last().index)) {
    send(m.from,
         AppendReply{
             .accepted = false, .index = append.prev.index, .hint = log_.possible_agreement(append.prev)});
    return;
  }
  take_entries(append);
  const Index agreed = append.prev.index + append.entries.size();
  commit_to(std::min(append.commit, agreed));
  send_once_durable(m.from, AppendReply{.accepted = true, .index = agreed, .hint = {}});
}

void Raft::take_entries(const Append& append) {
  if (VOW_PLANTED(append_always_truncates) && !append.entries.empty() &&
      append.entries.front().index <= log_.last().index && append.entries.front().index > commit_) {
    leave_configurations_from(append.entries.front().index);
    log_.truncate_from(append.entries.front().index);
  }
  for (const Entry& entry : append.entries) {
    if (const auto mine = log_.term_at(entry.index)) {
      // An entry that is already here must not cut off those behind it: this message may be older than they
      // are.
      if (*mine == entry.term || VOW_PLANTED(conflict_check_skipped)) continue;
      VOW_CHECK(entry.index > commit_, "entry {} of node {} contradicts a committed one of term {}",
                describe(entry.position()), options_.self.value(), mine->value());
      leave_configurations_from(entry.index);
      log_.truncate_from(entry.index);
    }
    log_.append(entry);
    if (entry.kind == EntryKind::configuration) {
      const auto configuration = decode_configuration(entry.payload.view());
      VOW_CHECK(configuration.has_value(), "entry {} holds no configuration", describe(entry.position()));
      enter_configuration(entry.index, *configuration);
    }
  }
}

void Raft::handle(const Message& m, const Heartbeat& heartbeat) {
  follow(m);
  // The leader names no index beyond what this node has acknowledged to it.
  VOW_CHECK(heartbeat.commit <= log_.last().index || VOW_PLANTED(heartbeat_commits_unseen),
            "commit {} beyond the last entry {}", heartbeat.commit.value(), log_.last().index.value());
  commit_to(std::min(heartbeat.commit, log_.last().index));
  send(m.from, HeartbeatReply{.round = heartbeat.round, .version = options_.version});
}

void Raft::snapshot_received(NodeId from, Term term, LogPosition at, const Configuration& configuration) {
  if (leading() != nullptr) return;  // it holds everything that is committed
  // Whatever the term is now: the snapshot holds what is committed, and is durable here.
  if (at.index > commit_) {
    if (log_.contains(at)) {
      commit_to(at.index);
    } else {
      log_.restart_at(at);
      commit_ = handed_out_ = at.index;
      configurations_.clear();
      configurations_.emplace_back(
          at.index, VOW_PLANTED(snapshot_loses_configuration) ? Configuration{} : configuration);
      output_.install = at;
    }
  }
  if (term == hard_state_.term) {
    send_once_durable(from, AppendReply{.accepted = true, .index = commit_, .hint = {}});
  }
}

}  // namespace vow::raft
