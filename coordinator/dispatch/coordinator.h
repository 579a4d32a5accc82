// The coordinator of one node: what clients, operators and participants talk to, whatever they talk through.
//
// It sits on the node's loop and is used on that thread only. Calls answer at once unless they take a `done`,
// which is called exactly once, later or at once, on the loop: with the answer, or when leadership is lost.
//
//   leader     answers everything
//   follower   answers outcome() for transactions of earlier terms, and looks; everything else is
//   `ask_leader`
//
// Threads elsewhere reach it through a Loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/dispatch/requests.h"
#include "coordinator/node/node.h"

namespace vow::dispatch {

class Coordinator {
 public:
  virtual ~Coordinator() = default;

  // --- sessions
  [[nodiscard]] virtual Result<SessionOpened, Problem> open_session(const OpenSession& request) = 0;
  virtual void close_session(txn::SessionNumber session) = 0;
  // The connection over which it polled last has closed.
  virtual void cut_off(txn::SessionNumber session, std::uint64_t over) = 0;
  // Long poll: one at a time for each session; a second one ends the first with nothing.
  virtual void poll(const Poll& poll, PollDone done) = 0;
  // What became of commands that were polled. Also a sign of life.
  virtual void report(txn::SessionNumber session, const Report& report) = 0;

  // --- transactions
  [[nodiscard]] virtual Result<Begun, Problem> begin(std::uint32_t timeout_s) = 0;
  [[nodiscard]] virtual txn::Answer enlist(const txn::Enlistment& enlistment) = 0;
  [[nodiscard]] virtual txn::Answer vote(const txn::Vote& vote) = 0;
  virtual void commit(Commit commit, AnswerDone done) = 0;
  // Marks at once; with `wait_finished_ms`, answers when every branch has undone.
  virtual void rollback(const txn::Xid& xid, std::uint32_t wait_finished_ms, AnswerDone done) = 0;
  [[nodiscard]] virtual txn::Answer outcome(const txn::Xid& xid, const std::optional<txn::Preparation>& of,
                                            txn::Asker asker) = 0;

  // --- looking. Lists and what they show are of this node, at this moment; leader() says if it leads.
  [[nodiscard]] virtual std::vector<TransactionShown> list(const TransactionFilter& filter) const = 0;
  [[nodiscard]] virtual std::optional<TransactionShown> show(const txn::Xid& xid) const = 0;
  [[nodiscard]] virtual std::vector<SessionShown> sessions() const = 0;
  [[nodiscard]] virtual std::vector<ResourceShown> resources() const = 0;
  [[nodiscard]] virtual const node::Node& node() const = 0;
  // It leads, and has applied an entry of its own term: it answers.
  [[nodiscard]] virtual bool is_leading() const = 0;
  // Client address of the leader; empty if it is not known.
  [[nodiscard]] virtual std::string leader_address() const = 0;
  [[nodiscard]] virtual std::map<NodeId, MemberAddresses> members() const = 0;

  [[nodiscard]] virtual std::vector<Metric> metrics() const = 0;
  // What /readyz shows: the node is ready when all are ok.
  [[nodiscard]] virtual std::vector<Check> checks() const = 0;

  // --- operators
  // Tries the failing branches of a transaction again, now.
  [[nodiscard]] virtual Result<void, Problem> retry(const txn::Xid& xid) = 0;
  // Ends one branch that cannot finish, by a replicated record.
  using ForceDone = std::function<void(Result<void, Problem>)>;
  virtual void force(const txn::Xid& xid, txn::BranchName branch, bool committed, OperatorWord word,
                     ForceDone done) = 0;
  // Members. Answered once the change has taken effect.
  virtual void add_member(NodeId node, MemberAddresses addresses, ForceDone done) = 0;  // as a learner
  virtual void promote_member(NodeId node, ForceDone done) = 0;
  virtual void remove_member(NodeId node, ForceDone done) = 0;
  [[nodiscard]] virtual Result<void, Problem> transfer_leadership(NodeId to) = 0;
};

// How threads other than the loop's reach the coordinator.
class Loop {
 public:
  virtual ~Loop() = default;
  // Runs `task` on the loop, soon, in order. False if too much waits already, or the loop has ended; then it
  // never runs.
  [[nodiscard]] virtual bool post(std::function<void(Coordinator&)> task) = 0;
  // `hook` runs on the loop at the end of each of its turns: the moment to hand on the answers that gathered.
  // To be called before the loop starts.
  virtual void at_turn_end(std::function<void()> hook) = 0;
};

}  // namespace vow::dispatch
