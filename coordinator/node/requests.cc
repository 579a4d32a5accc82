// What is asked of a node from outside: commands, reads, changes of membership and leadership.
#include <utility>

#include "coordinator/base/limits.h"
#include "coordinator/node/batch.h"
#include "coordinator/node/node.h"

namespace vow::node {
namespace {

CommandResult refused(raft::Refusal why) { return {Outcome::refused, {}, {}, why}; }

}  // namespace

void Node::submit(Payload command, CommandDone done) {
  if (stopped_) return done(refused(raft::Refusal::not_leader));
  const bool full = waiting_commands_.size() + proposed_commands_ >= limits::pending_commands_max;
  if (full) return done(refused(raft::Refusal::overloaded));
  if (packed_bytes(command) > limits::entry_bytes_max) return done(refused(raft::Refusal::invalid));
  waiting_commands_.push_back({std::move(command), std::move(done)});
}

// All that waits, in as few entries as hold it.
void Node::propose_waiting() {
  if (waiting_commands_.empty()) return;
  std::vector<WaitingCommand> waiting = std::exchange(waiting_commands_, {});
  std::vector<Payload> entries;
  std::vector<std::vector<CommandDone>> done;
  std::vector<Payload> packing;
  std::size_t bytes = 0;
  const auto close_entry = [&] {
    entries.push_back(pack(packing));
    packing.clear();
    bytes = 0;
  };
  for (WaitingCommand& each : waiting) {
    if (!packing.empty() && bytes + packed_bytes(each.command) > limits::entry_bytes_max) close_entry();
    if (packing.empty()) done.emplace_back();
    bytes += packed_bytes(each.command);
    packing.push_back(std::move(each.command));
    done.back().push_back(std::move(each.done));
  }
  close_entry();

  const auto first = raft_.propose(std::move(entries));
  if (!first) {
    for (const auto& entry : done) {
      for (const CommandDone& each : entry) each(refused(first.error()));
    }
    return;
  }
  for (std::size_t i = 0; i < done.size(); ++i) {
    proposed_commands_ += done[i].size();
    proposed_.push_back({{first->index + i, first->term}, std::move(done[i])});
  }
}

void Node::read(ReadDone done) {
  if (stopped_) return done(raft::Refusal::not_leader);
  const raft::ReadId id = next_read_++;
  if (const auto taken = raft_.read(id); !taken) return done(taken.error());
  unconfirmed_reads_.emplace(id, std::move(done));
}

void Node::change_membership(const raft::Membership& wanted, CommandDone done) {
  if (stopped_) return done(refused(raft::Refusal::not_leader));
  const auto at = raft_.change_membership(wanted);
  if (!at) return done(refused(at.error()));
  ++proposed_commands_;
  std::vector<CommandDone> waiting;
  waiting.push_back(std::move(done));
  proposed_.push_back({*at, std::move(waiting)});
}

Result<void, raft::Refusal> Node::transfer_leadership(NodeId to) {
  if (stopped_) return Failure{raft::Refusal::not_leader};
  return raft_.transfer_leadership(to);
}

}  // namespace vow::node
