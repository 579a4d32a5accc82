// What must hold at every moment, checked after every turn of every node, by somebody who sees all nodes at
// once and looks into their disks.
//
// - At most one leader in a term, with the votes of a quorum, and at most one vote of a node in a term.
// - Votes and acknowledgements leave a node only once its disk holds what they say.
// - An entry is committed only while a quorum holds it durably (or a snapshot with it).
// - What is committed at an index stays: every node that commits or applies that index has the same entry
// there.
// - A leader has every entry that was committed in an earlier term.
// - A leader changes the members only once it has committed an entry of its own term.
// - Replicas that have applied the same index have the same state.
// - A read sees all that was committed when it was asked for.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "coordinator/node/node.h"
#include "tests/sim/imaged_log_store.h"
#include "tests/sim/program.h"
#include "tests/sim/world.h"

namespace vow::sim {

// One process, as a checker sees it.
struct NodeView {
  NodeId id;
  std::uint64_t life = 0;  // no two processes have the same
  const node::Node& node;
  const Program& program;
};

class SafetyChecker {
 public:
  using PromisedLogs = std::map<NodeId, Promised>;

  // `logs`: of all nodes there ever were. What a lost disk had held counts: it was there when it was
  // acknowledged.
  SafetyChecker(World& world, const PromisedLogs& logs) : world_(world), logs_(logs) {}

  void started(const NodeView& view);
  void ended(NodeId node) { seen_.erase(node); }
  // After anything that may have changed the node.
  void look(const NodeView& view);
  void applying(const NodeView& view, storage::LogPosition at);
  // The digest of the state is this at that index.
  void applied_to(NodeId node, storage::LogPosition at, std::uint64_t digest);
  void sent(const node::PeerMessage& message);
  // `committed`: when it was asked for.
  void read_answered(const node::Node& node, NodeId at, Index committed) const;

  [[nodiscard]] Index committed() const { return committed_; }
  // The newest committed configuration.
  [[nodiscard]] const raft::Configuration& configuration() const { return configuration_; }
  [[nodiscard]] Index configuration_at() const { return configuration_at_; }
  // Those of later entries, of any log there ever was: each of them may yet be committed.
  [[nodiscard]] const std::vector<std::pair<Index, raft::Configuration>>& possible_configurations() const {
    return possible_configurations_;
  }
  // What the first members all begin with, and where.
  void begin_with(const raft::Configuration& configuration, storage::LogPosition at) {
    configuration_ = configuration;
    committed_ = configuration_at_ = at.index;
  }

 private:
  struct Committed {
    Term term;
    storage::EntryKind kind;
    std::uint64_t sum;  // of the payload
    Term in_term;       // of the leader that committed it
  };
  // What was last seen of one process.
  struct Seen {
    std::uint64_t life = 0;
    raft::Leadership leadership;
    Index commit;
    Index applied;
    raft::Configuration configuration;
    storage::LogPosition applying;
  };

  void look_at_leadership(const NodeView& view, Seen& seen);
  void became_leader(const NodeView& view, Term term);
  void look_at_commit(const NodeView& view, Seen& seen);
  void check_quorum(const NodeView& view, const raft::Configuration& before, storage::LogPosition at) const;
  void committed_by(const NodeView& view, const storage::Entry& entry, bool led);
  void note_configuration(const storage::Entry& entry);
  void look_at_state(const NodeView& view, Seen& seen);
  void look_at_members(const NodeView& view, Seen& seen);
  void check_votes(const NodeView& view, Term term) const;
  void check_log_at_election(const NodeView& view, Term term) const;
  void vote(NodeId voter, Term term, NodeId candidate);
  void acknowledged(const raft::Message& message, const raft::AppendReply& reply) const;
  void voted(const raft::Message& message);

  World& world_;
  const PromisedLogs& logs_;
  std::map<NodeId, Seen> seen_;
  std::map<Term, std::pair<NodeId, std::uint64_t>> leaders_;
  std::map<std::pair<Term, NodeId>, NodeId> votes_;
  std::map<Index, Committed> log_;
  Index committed_;
  raft::Configuration configuration_;
  Index configuration_at_;
  std::vector<std::pair<Index, raft::Configuration>> possible_configurations_;
  std::map<Index, std::uint64_t> states_;
};

}  // namespace vow::sim
