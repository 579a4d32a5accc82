// A few consensus cores in a world where everything happens by hand: a message arrives when a script says so,
// a write is durable when a script says so. All that the cores do is written down.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/raft/raft.h"

namespace vow::raft {

class ScriptWorld {
 public:
  // Starts nodes that share this configuration from the beginning, and one with none for every `joiner`.
  // No append carries more than this many entries.
  void start(const Membership& members, const std::set<NodeId>& joiners, std::size_t append_entries_max);

  void tick(NodeId node, std::uint32_t times);
  // Ticks until the node stands for election.
  void time_out(NodeId node);
  void propose(NodeId node, const std::string& command);
  void read(NodeId node, ReadId id);
  void change_membership(NodeId node, const Membership& wanted);
  void transfer(NodeId node, NodeId to);
  void set_writable(NodeId node, bool writable);

  // Completes this many of the oldest writes that are outstanding at the node, or all.
  void persist(NodeId node, std::size_t count);
  // What is not durable is gone.
  void crash(NodeId node);
  void restart(NodeId node);

  enum class Fate { deliver, drop, duplicate };
  // What is in flight now on this link; 0 stands for every node. Only messages whose text contains
  // `containing`.
  void messages(NodeId from, NodeId to, Fate fate, const std::string& containing);
  // Persists and delivers until nothing moves any more.
  void stabilize();
  void isolate(NodeId node);
  void heal();

  // Takes a durable snapshot of all that was handed out, and drops the log up to there.
  void compact(NodeId node);
  // The follower receives the node's newest snapshot.
  void send_snapshot(NodeId from, NodeId to);

  void show_status();
  void show_log(NodeId node);
  void show_in_flight();

  [[nodiscard]] std::string take_trace() { return std::exchange(trace_, {}); }

 private:
  // What survives a crash.
  struct Durable {
    HardState hard_state;
    LogPosition snapshot;
    Configuration configuration;
    LogPosition base;
    std::vector<Entry> entries;
  };
  struct Node {
    Durable durable;
    std::deque<Persist> writes;
    std::unique_ptr<Raft> raft;  // none while crashed
  };

  void settle(NodeId id);
  void boot(NodeId id);
  void say(const std::string& line) { trace_ += line + "\n"; }
  void show_output(NodeId id, const Output& output);
  static void write(Durable& durable, const storage::LogWrite& write);

  std::size_t append_entries_max_ = 0;
  std::map<NodeId, Node> nodes_;
  std::vector<Message> in_flight_;
  std::set<NodeId> isolated_;
  std::string trace_;
};

}  // namespace vow::raft
