// The coordinator of a node: the replicated state, and a Leadership while the node leads.
//
//   follower ──leads, and an entry of its own term is applied──▶ leading ──another term, or no longer
//   leads──▶ follower
//
// Its owner, the loop or the simulator, calls wake() when it begins to feed the node, tick() when time has
// passed, and turn() when it has fed everything.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "coordinator/dispatch/coordinator.h"
#include "coordinator/dispatch/leadership.h"
#include "coordinator/dispatch/replica.h"

namespace vow::dispatch {

struct CoordinatorOptions {
  LeadershipOptions leadership;
  MemberAddresses own_addresses;
  std::size_t history_max = 100'000;
};

class NodeCoordinator final : public Coordinator {
 public:
  NodeCoordinator(const CoordinatorOptions& options, Replica& replica, Random random);
  // The node that carries the replica. Before anything else.
  void attach(node::Node& node) { node_ = &node; }

  // Before the loop starts.
  void set_own_addresses(const MemberAddresses& own) { options_.own_addresses = own; }

  void wake(txn::Moment now);
  void tick();
  // Lets the node take turns until there is nothing to do but wait. True if it should be called again soon,
  // even if nothing happens.
  bool turn();
  // A peer says where it can be reached.
  void described(NodeId node, const MemberAddresses& addresses);
  // The node is about to end: it begins nothing new, and another should lead. True while something is still
  // to be done: it leads although another could, or somebody waits for an answer.
  bool drain();

  Result<SessionOpened, Problem> open_session(const OpenSession& request) override;
  void close_session(txn::SessionNumber session) override;
  void cut_off(txn::SessionNumber session, std::uint64_t over) override;
  void poll(const Poll& poll, PollDone done) override;
  void report(txn::SessionNumber session, const Report& report) override;
  Result<Begun, Problem> begin(std::uint32_t timeout_s) override;
  txn::Answer enlist(const txn::Enlistment& enlistment) override;
  txn::Answer vote(const txn::Vote& vote) override;
  void commit(Commit commit, AnswerDone done) override;
  void rollback(const txn::Xid& xid, std::uint32_t wait_finished_ms, AnswerDone done) override;
  txn::Answer outcome(const txn::Xid& xid, const std::optional<txn::Preparation>& of,
                      txn::Asker asker) override;

  std::vector<TransactionShown> list(const TransactionFilter& filter) const override;
  std::optional<TransactionShown> show(const txn::Xid& xid) const override;
  std::vector<SessionShown> sessions() const override;
  std::vector<ResourceShown> resources() const override;
  const node::Node& node() const override { return *node_; }
  bool is_leading() const override { return leading_ != nullptr; }
  std::string leader_address() const override;
  std::map<NodeId, MemberAddresses> members() const override { return replica_.machine().members(); }
  std::vector<Metric> metrics() const override;
  std::vector<Check> checks() const override;

  Result<void, Problem> retry(const txn::Xid& xid) override;
  void force(const txn::Xid& xid, txn::BranchName branch, bool committed, OperatorWord word,
             ForceDone done) override;
  void add_member(NodeId node, MemberAddresses addresses, ForceDone done) override;
  void promote_member(NodeId node, ForceDone done) override;
  void remove_member(NodeId node, ForceDone done) override;
  Result<void, Problem> transfer_leadership(NodeId to) override;

  [[nodiscard]] const Leadership* leading() const { return leading_.get(); }
  [[nodiscard]] const machine::Machine& machine() const { return replica_.machine(); }
  void check_invariants() const;

 private:
  void add_metrics_of_leader(std::vector<Metric>& all) const;
  void follow_leadership();
  void applied(const machine::Command& command);
  void propose(Payload command);
  void keep_time();
  // To the voter that is furthest. False if there is none.
  bool hand_over();
  // What one who does not lead can say.
  [[nodiscard]] txn::Answer answer_as_follower(const txn::Xid& xid,
                                               const std::optional<txn::Preparation>& of) const;
  [[nodiscard]] Problem not_leading() const;
  void change_members(const raft::Membership& wanted, ForceDone done);

  CoordinatorOptions options_;
  Replica& replica_;
  node::Node* node_ = nullptr;
  Random random_;
  txn::Moment now_;
  History history_;
  std::unique_ptr<Leadership> leading_;
  std::uint64_t leaderships_ = 0;  // how many there have been
  std::uint64_t handed_over_at_ms_ = 0;
  bool draining_ = false;
};

}  // namespace vow::dispatch
