#include "tests/raft/script_world.h"

#include <algorithm>

#include <fmt/format.h>

#include "coordinator/base/check.h"

namespace vow::raft {
namespace {

std::string range(const std::vector<Entry>& entries) {
  if (entries.empty()) return "none";
  std::string first = describe(entries.front().position());
  return entries.size() == 1 ? first : first + ".." + describe(entries.back().position());
}

std::string describe_entry(const Entry& entry) {
  switch (entry.kind) {
    case EntryKind::empty:
      return describe(entry.position()) + " empty";
    case EntryKind::command:
      return fmt::format("{} \"{}\"", describe(entry.position()), entry.payload.view());
    case EntryKind::configuration:
      return fmt::format("{} members {}", describe(entry.position()),
                         describe(*decode_configuration(entry.payload.view())));
  }
  return "?";
}

std::string describe_write(const Persist& persist) {
  std::string text = fmt::format("#{}", persist.seq.value());
  const storage::LogWrite& write = persist.write;
  if (write.hard_state) {
    text += fmt::format(" term={} vote={}", write.hard_state->term.value(), write.hard_state->vote.value());
  }
  if (write.restart_at) text += " restart at " + describe(*write.restart_at);
  if (write.truncate_from) text += fmt::format(" cut from {}", write.truncate_from->value());
  if (!write.entries.empty()) text += " entries " + range(write.entries);
  if (write.compact_to) text += " compact to " + describe(*write.compact_to);
  return text;
}

}  // namespace

void ScriptWorld::start(const Membership& members, const std::set<NodeId>& joiners,
                        std::size_t append_entries_max) {
  append_entries_max_ = append_entries_max;
  const Configuration configuration{
      .voters = members.voters, .voters_outgoing = {}, .learners = members.learners};
  for (const NodeId id : configuration.members()) {
    nodes_[id].durable.configuration = configuration;
    boot(id);
  }
  for (const NodeId id : joiners) boot(id);
}

void ScriptWorld::boot(NodeId id) {
  Node& node = nodes_[id];
  const Durable& durable = node.durable;
  node.raft = std::make_unique<Raft>(
      Options{.self = id, .promotion_lag_max = 2, .append_entries_max = append_entries_max_},
      Restored{durable.hard_state, durable.snapshot, durable.configuration, durable.base, durable.entries},
      Random(id.value()));
  settle(id);
}

// Takes what the core has to say until it is silent.
void ScriptWorld::settle(NodeId id) {
  Node& node = nodes_.at(id);
  if (node.raft == nullptr) return;
  while (true) {
    node.raft->check_invariants();
    Output output = node.raft->take_output();
    if (output.empty()) return;
    show_output(id, output);
    std::move(output.send.begin(), output.send.end(), std::back_inserter(in_flight_));
    if (output.persist) node.writes.push_back(*std::move(output.persist));
  }
}

void ScriptWorld::show_output(NodeId id, const Output& output) {
  const std::string who = to_string(id);
  if (output.leadership) {
    say(fmt::format("{} is {} in term {}, leader {}", who, to_string(output.leadership->role),
                    output.leadership->term.value(), output.leadership->leader.value()));
  }
  for (const Message& m : output.send) say("  " + describe(m));
  if (output.persist) {
    say(fmt::format("{} writes {}", who, describe_write(*output.persist)));
    for (const Message& m : output.persist->then_send) say("  then " + describe(m));
  }
  if (output.install) say(fmt::format("{} installs snapshot {}", who, describe(*output.install)));
  for (const Entry& entry : output.committed) say(fmt::format("{} commits {}", who, describe_entry(entry)));
  for (const ReadReady& read : output.reads)
    say(fmt::format("{} may read #{} at {}", who, read.id, read.index.value()));
  for (const ReadId read : output.reads_failed) say(fmt::format("{} fails read #{}", who, read));
  for (const NodeId follower : output.snapshot_wanted)
    say(fmt::format("{} wants a snapshot sent to {}", who, follower.value()));
}

void ScriptWorld::tick(NodeId id, std::uint32_t times) {
  for (std::uint32_t i = 0; i < times; ++i) {
    nodes_.at(id).raft->tick();
    settle(id);
  }
}

void ScriptWorld::time_out(NodeId id) {
  const std::size_t before = in_flight_.size();
  for (int ticks = 0; ticks < 40 && in_flight_.size() == before; ++ticks) tick(id, 1);
}

void ScriptWorld::propose(NodeId id, const std::string& command) {
  const auto at = nodes_.at(id).raft->propose({Payload(command)});
  if (!at) say(fmt::format("{} refuses: {}", id.value(), to_string(at.error())));
  settle(id);
}

void ScriptWorld::read(NodeId id, ReadId read) {
  const auto taken = nodes_.at(id).raft->read(read);
  if (!taken) say(fmt::format("{} refuses: {}", id.value(), to_string(taken.error())));
  settle(id);
}

void ScriptWorld::change_membership(NodeId id, const Membership& wanted) {
  const auto at = nodes_.at(id).raft->change_membership(wanted);
  if (!at) say(fmt::format("{} refuses: {}", id.value(), to_string(at.error())));
  settle(id);
}

void ScriptWorld::transfer(NodeId id, NodeId to) {
  const auto taken = nodes_.at(id).raft->transfer_leadership(to);
  if (!taken) say(fmt::format("{} refuses: {}", id.value(), to_string(taken.error())));
  settle(id);
}

void ScriptWorld::set_writable(NodeId id, bool writable) {
  nodes_.at(id).raft->set_writable(writable);
  settle(id);
}

void ScriptWorld::write(Durable& durable, const storage::LogWrite& write) {
  if (write.hard_state) durable.hard_state = *write.hard_state;
  if (write.restart_at) {
    durable.entries.clear();
    durable.base = *write.restart_at;
  }
  if (write.truncate_from) {
    std::erase_if(durable.entries, [&](const Entry& entry) { return entry.index >= *write.truncate_from; });
  }
  durable.entries.insert(durable.entries.end(), write.entries.begin(), write.entries.end());
  if (write.compact_to) {
    std::erase_if(durable.entries,
                  [&](const Entry& entry) { return entry.index <= write.compact_to->index; });
    durable.base = *write.compact_to;
  }
}

void ScriptWorld::persist(NodeId id, std::size_t count) {
  Node& node = nodes_.at(id);
  for (count = std::min(count, node.writes.size()); count > 0; --count) {
    Persist done = std::move(node.writes.front());
    node.writes.pop_front();
    write(node.durable, done.write);
    std::move(done.then_send.begin(), done.then_send.end(), std::back_inserter(in_flight_));
    node.raft->persisted(done.seq);
    settle(id);
  }
}

void ScriptWorld::crash(NodeId id) {
  nodes_.at(id).raft.reset();
  nodes_.at(id).writes.clear();
}

void ScriptWorld::restart(NodeId id) { boot(id); }

void ScriptWorld::messages(NodeId from, NodeId to, Fate fate, const std::string& containing) {
  std::vector<Message> chosen, left;
  for (Message& m : in_flight_) {
    const bool matches = (from.is_zero() || m.from == from) && (to.is_zero() || m.to == to) &&
                         describe(m).find(containing) != std::string::npos;
    (matches ? chosen : left).push_back(m);
    if (matches && fate == Fate::duplicate) left.push_back(m);
  }
  in_flight_ = std::move(left);
  if (fate == Fate::drop) return;
  for (const Message& m : chosen) {
    const auto found = nodes_.find(m.to);
    const bool cut = isolated_.contains(m.from) || isolated_.contains(m.to);
    if (cut || found == nodes_.end() || found->second.raft == nullptr) continue;
    found->second.raft->step(m);
    settle(m.to);
  }
}

void ScriptWorld::stabilize() {
  for (int rounds = 0; rounds < 1000; ++rounds) {
    bool moved = !in_flight_.empty();
    for (auto& [id, node] : nodes_) {
      moved = moved || !node.writes.empty();
      persist(id, node.writes.size());
    }
    messages(NodeId(), NodeId(), Fate::deliver, "");
    if (!moved) return;
  }
  say("never becomes stable");
}

void ScriptWorld::isolate(NodeId id) { isolated_.insert(id); }
void ScriptWorld::heal() { isolated_.clear(); }

void ScriptWorld::compact(NodeId id) {
  Node& node = nodes_.at(id);
  const Index upto = node.raft->status().handed_out;
  node.durable.configuration = node.raft->configuration_at(upto);
  node.durable.snapshot = {upto, *node.raft->log().term_at(upto)};
  node.raft->compact(upto);
  settle(id);
}

void ScriptWorld::send_snapshot(NodeId from, NodeId to) {
  const Durable& sender = nodes_.at(from).durable;
  Node& receiver = nodes_.at(to);
  receiver.durable.snapshot = sender.snapshot;
  receiver.durable.configuration = sender.configuration;
  receiver.raft->snapshot_received(from, nodes_.at(from).raft->term(), sender.snapshot, sender.configuration);
  settle(to);
  nodes_.at(from).raft->snapshot_sent(to, sender.snapshot.index);
  settle(from);
}

void ScriptWorld::show_status() {
  for (const auto& [id, node] : nodes_) {
    if (node.raft == nullptr) {
      say(fmt::format("{} is down", id.value()));
      continue;
    }
    const Status s = node.raft->status();
    say(fmt::format("{} {} term={} leader={} commit={} last={} durable={} members {}", id.value(),
                    to_string(s.leadership.role), s.leadership.term.value(), s.leadership.leader.value(),
                    s.commit.value(), describe(s.last), s.stable.value(), describe(s.configuration)));
    for (const FollowerStatus& f : s.followers) {
      const char* state = f.state == Progress::State::probe       ? "probe"
                          : f.state == Progress::State::replicate ? "replicate"
                                                                  : "snapshot";
      say(fmt::format("  {} {} match={} next={}{}", f.node.value(), state, f.match.value(), f.next.value(),
                      f.lost_data ? " lost data" : ""));
    }
  }
}

void ScriptWorld::show_log(NodeId id) {
  const Log& log = nodes_.at(id).raft->log();
  say("after " + describe(log.base()));
  for (Index i = log.base().index.next(); i <= log.last().index; i = i.next()) say(describe_entry(log.at(i)));
}

void ScriptWorld::show_in_flight() {
  for (const Message& m : in_flight_) say(describe(m));
}

}  // namespace vow::raft
