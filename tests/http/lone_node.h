// A real node that leads by itself, with one learner that never answers: for what is shown of a cluster.
#pragma once

#include <deque>

#include "coordinator/node/node.h"
#include "tests/node/journal_machine.h"

namespace vow::http {

class LoneNode {
 public:
  static constexpr NodeId self{18'000'000'000'000'000'001u};
  static constexpr NodeId learner{43};

  LoneNode() {
    while (!node_.raft().status().ready) {
      node_.tick();
      settle();
    }
  }

  [[nodiscard]] const node::Node& node() const { return node_; }
  // Hears that another leads, in a later term.
  void follow(NodeId leader) {
    const raft::Message heartbeat{
        .from = leader, .to = self, .term = node_.raft().term().next(), .body = raft::Heartbeat{}};
    node_.receive(node::PeerMessage(heartbeat));
    settle();
  }

 private:
  struct Nowhere final : node::Transport {
    void send(node::PeerMessage) override {}
  };
  struct InstantDisk final : node::Disk {
    void submit(node::LogJob job) override { written.push_back(job.seq); }
    void submit(node::SnapshotJob) override {}
    void retry_log() override {}
    std::deque<raft::PersistSeq> written;
  };
  static node::Options options() {
    node::Options options;
    options.raft.self = self;
    return options;
  }
  static raft::Restored restored() {
    raft::Restored restored;
    restored.configuration = {.voters = {self}, .learners = {learner}};
    return restored;
  }
  void settle() {
    for (;;) {
      node_.turn();
      if (disk_.written.empty()) return;
      node_.disk_event(node::LogWritten{disk_.written.back()});
      disk_.written.clear();
    }
  }

  Nowhere transport_;
  InstantDisk disk_;
  node::JournalMachine machine_;
  node::Node node_{options(), restored(), {transport_, disk_, machine_}, Random(1)};
};

}  // namespace vow::http
