#include "coordinator/node/node.h"

#include <algorithm>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/base/limits.h"
#include "coordinator/base/plant.h"
#include "coordinator/node/batch.h"

namespace vow::node {

using raft::describe;

Node::Node(const Options& options, raft::Restored restored, Ports ports, Random random)
    : options_(options),
      ports_(ports),
      applied_(restored.snapshot),
      snapshot_(restored.snapshot),
      raft_(options.raft, std::move(restored), random),
      snapshot_sender_(options.raft.self, options.transfer_retry_ticks) {
  ports_.machine.applied_to(applied_);
}

void Node::turn() {
  while (!stopped_) {
    propose_waiting();
    raft::Output output = raft_.take_output();
    if (output.empty()) break;
    carry_out(std::move(output));
  }
}

// The only place where I/O is ordered; the head of node.h tells the steps.
void Node::carry_out(raft::Output output) {
  for (raft::Message& message : output.send) ports_.transport.send(std::move(message));
  if (output.persist) persist(*std::move(output.persist));
  if (output.install) {
    to_apply_.clear();
    ++loads_;
    ports_.disk.submit(LoadSnapshot{ports_.machine.begin_load()});
  }
  std::move(output.committed.begin(), output.committed.end(), std::back_inserter(to_apply_));
  apply_committed();
  if (output.leadership) leadership_changed(*output.leadership);
  for (const raft::ReadReady& ready : output.reads) {
    auto read = unconfirmed_reads_.extract(ready.id);
    confirmed_reads_.push_back({ready.index, std::move(read.mapped())});
  }
  for (const raft::ReadId id : output.reads_failed)
    unconfirmed_reads_.extract(id).mapped()(raft::Refusal::not_leader);
  answer_reads();
  for (const NodeId follower : output.snapshot_wanted) {
    transfer_snapshots(snapshot_sender_.wanted(follower, raft_.term()));
  }
  consider_snapshot();
}

void Node::persist(raft::Persist persist) {
  if (!persist.then_send.empty()) held_replies_.push_back({persist.seq, std::move(persist.then_send)});
  ports_.disk.submit(LogJob{persist.seq, std::move(persist.write)});
}

void Node::apply_committed() {
  if (loads_ > 0 && !VOW_PLANTED(applies_while_loading)) return;
  while (!to_apply_.empty()) {
    const storage::Entry entry = std::move(to_apply_.front());
    to_apply_.pop_front();
    if (entry.index <= applied_.index) continue;  // the snapshot that was loaded holds it already
    VOW_CHECK(entry.index == applied_.index.next() || VOW_PLANTED(applies_while_loading), "entry {} after {}",
              describe(entry.position()), describe(applied_));
    apply(entry);
  }
}

void Node::apply(const storage::Entry& entry) {
  applied_ = entry.position();
  ++entries_since_snapshot_;
  bytes_since_snapshot_ += entry.payload.size();

  std::vector<CommandDone> waiting;
  if (!proposed_.empty() && proposed_.front().at.index == entry.index) {
    Proposed proposed = std::move(proposed_.front());
    proposed_.pop_front();
    proposed_commands_ -= proposed.done.size();
    if (proposed.at == entry.position()) {
      waiting = std::move(proposed.done);
    } else {
      // Another leader's entry took the place of what was proposed here: that can never be committed any
      // more.
      for (const CommandDone& done : proposed.done)
        done({Outcome::refused, {}, {}, raft::Refusal::not_leader});
    }
  }
  CommandResult result{.outcome = Outcome::done, .answer = {}, .at = applied_, .refusal = {}};
  if (entry.kind != storage::EntryKind::command) {
    ports_.machine.applied_to(applied_);
    for (const CommandDone& done : waiting) done(result);
    return;
  }
  std::size_t nth = 0;
  for (const std::string_view command : unpack(entry.payload.view())) {
    result.answer = ports_.machine.apply(applied_, command);
    if (nth < waiting.size()) waiting[nth](result);
    ++nth;
  }
  ports_.machine.applied_to(applied_);
}

void Node::answer_reads() {
  while (loads_ == 0 && !confirmed_reads_.empty() && confirmed_reads_.front().index <= applied_.index) {
    const ReadDone done = std::move(confirmed_reads_.front().done);
    confirmed_reads_.pop_front();
    done(std::nullopt);
  }
}

void Node::leadership_changed(const raft::Leadership& now) {
  if (now.role != raft::Role::leader) snapshot_sender_.drop_all();
  // What was proposed in an earlier leadership may be committed by another node, or not.
  while (!proposed_.empty() && (now.role != raft::Role::leader || proposed_.front().at.term != now.term)) {
    const Proposed lost = std::move(proposed_.front());
    proposed_.pop_front();
    proposed_commands_ -= lost.done.size();
    for (const CommandDone& done : lost.done) done({});
  }
}

void Node::tick() {
  if (stopped_) return;
  raft_.tick();
  transfer_snapshots(snapshot_sender_.tick());
  if (no_snapshot_for_ticks_ > 0) --no_snapshot_for_ticks_;
  if (refused_for_ticks_ && ++*refused_for_ticks_ >= options_.disk_retry_ticks) {
    refused_for_ticks_ = 0;
    ports_.disk.retry_log();
  }
}

void Node::receive(const PeerMessage& message) {
  if (stopped_ || receiver(message) != options_.raft.self) return;
  std::visit([&](const auto& each) { receive(each); }, message);
}

void Node::receive(const raft::Message& message) { raft_.step(message); }

void Node::stop(storage::Error error) {
  if (stopped_) return;
  stopped_ = std::move(error);
  held_replies_.clear();
  for (const Proposed& lost : std::exchange(proposed_, {})) {
    for (const CommandDone& done : lost.done) done({});
  }
  proposed_commands_ = 0;
  const CommandResult refused{Outcome::refused, {}, {}, raft::Refusal::not_leader};
  for (const WaitingCommand& lost : std::exchange(waiting_commands_, {})) lost.done(refused);
  for (const auto& [id, done] : std::exchange(unconfirmed_reads_, {})) done(raft::Refusal::not_leader);
  for (const ConfirmedRead& read : std::exchange(confirmed_reads_, {})) read.done(raft::Refusal::not_leader);
}

void Node::check_invariants() const {
  raft_.check_invariants();
  VOW_CHECK(applied_.index <= raft_.commit() || loads_ > 0, "applied {} of {} committed",
            applied_.index.value(), raft_.commit().value());
  for (std::size_t i = 1; i < proposed_.size(); ++i) {
    VOW_CHECK(proposed_[i - 1].at.index < proposed_[i].at.index, "proposals out of order at {}",
              describe(proposed_[i].at));
  }
}

}  // namespace vow::node
