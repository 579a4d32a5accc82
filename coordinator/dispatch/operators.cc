// What operators ask of a coordinator.
#include <fmt/format.h>

#include "coordinator/dispatch/node_coordinator.h"
#include "coordinator/txn/resolve.h"

namespace vow::dispatch {
namespace {

Problem problem_of(raft::Refusal refusal, NodeId node) {
  using raft::Refusal;
  switch (refusal) {
    case Refusal::not_leader:
      return {Problem::Code::not_ready, "leadership was lost meanwhile; try again", {}};
    case Refusal::transferring:
      return {Problem::Code::not_ready, "leadership is on its way to another node; try again", {}};
    case Refusal::overloaded:
      return {Problem::Code::overloaded, "too much waits to be replicated; try again later", {}};
    case Refusal::not_ready:
      return {Problem::Code::not_ready, "this leader has only just been elected; try again", {}};
    case Refusal::change_in_progress:
      return {Problem::Code::not_ready, "the previous change of members is not finished; try again", {}};
    case Refusal::learner_behind:
      return {Problem::Code::not_ready,
              fmt::format("node {} has not caught up yet; `vow cluster status` shows how far it is",
                          node.value()),
              {}};
    case Refusal::invalid:
      return {Problem::Code::invalid, "the cell would have no voter, or too many members", {}};
    case Refusal::unchanged:
      return {Problem::Code::invalid, "it is so already", {}};
    case Refusal::unknown_node:
      return {Problem::Code::not_found, fmt::format("node {} is not a voter of this cell", node.value()), {}};
  }
  return {Problem::Code::invalid, "refused", {}};
}

Problem unknown_fate() {
  return {
      Problem::Code::unknown,
      "leadership was lost while it was being replicated: it may have happened or not. Look, and ask again",
      {}};
}

// Passes on what became of something that was to be replicated.
node::CommandDone tell(Coordinator::ForceDone done, NodeId node) {
  return [done = std::move(done), node](const node::CommandResult& result) {
    switch (result.outcome) {
      case node::Outcome::done:
        return done({});
      case node::Outcome::refused:
        return done(Failure{problem_of(*result.refusal, node)});
      case node::Outcome::unknown:
        return done(Failure{unknown_fate()});
    }
  };
}

raft::Membership membership_of(const raft::Configuration& configuration) {
  return {.voters = configuration.voters, .learners = configuration.learners};
}

}  // namespace

Result<void, Problem> NodeCoordinator::retry(const txn::Xid& xid) {
  if (!leading_) return Failure{not_leading()};
  if (leading_->retry(xid)) return {};
  return Failure{Problem{Problem::Code::not_found,
                         fmt::format("no branch of {} waits to be told its end", txn::to_string(xid)),
                         {}}};
}

void NodeCoordinator::force(const txn::Xid& xid, txn::BranchName branch, bool committed, OperatorWord word,
                            ForceDone done) {
  if (!leading_) return done(Failure{not_leading()});
  const txn::Transaction* transaction = leading_->open().find(xid);
  const bool ends = transaction != nullptr && (transaction->state == txn::State::committing ||
                                               transaction->state == txn::State::aborting);
  if (!ends) {
    return done(Failure{Problem{
        Problem::Code::not_found,
        fmt::format(
            "{} is not decided, or all its branches are done: only a branch that cannot finish is forced",
            txn::to_string(xid)),
        {}}});
  }
  using Standing = txn::OpenBranch::Standing;
  const auto is_it = [&](const txn::OpenBranch& each) {
    const bool has_ended = each.standing == Standing::finished || each.standing == Standing::read_only ||
                           each.standing == Standing::refused;
    return each.preparation.branch == branch && !has_ended;
  };
  if (std::none_of(transaction->branches.begin(), transaction->branches.end(), is_it)) {
    return done(
        Failure{Problem{Problem::Code::not_found,
                        fmt::format("{} has no unfinished branch {}", txn::to_string(xid), branch.view()),
                        {}}});
  }
  const txn::Force force{leading_->clock_ms(), xid, branch, committed, std::move(word.who),
                         std::move(word.why)};
  node_->submit(Payload(machine::encode(force)), tell(std::move(done), NodeId()));
}

void NodeCoordinator::add_member(NodeId node, MemberAddresses addresses, ForceDone done) {
  if (!leading_) return done(Failure{not_leading()});
  raft::Membership wanted = membership_of(node_->raft().configuration());
  if (wanted.voters.contains(node) || wanted.learners.contains(node)) {
    return done(Failure{problem_of(raft::Refusal::unchanged, node)});
  }
  wanted.learners.insert(node);
  // Where to reach it must be known to all before anyone sends it something.
  described(node, addresses);
  change_members(wanted, std::move(done));
}

void NodeCoordinator::promote_member(NodeId node, ForceDone done) {
  if (!leading_) return done(Failure{not_leading()});
  raft::Membership wanted = membership_of(node_->raft().configuration());
  if (wanted.learners.erase(node) == 0) {
    return done(
        Failure{Problem{Problem::Code::not_found,
                        fmt::format("node {} is not a learner of this cell; add it first", node.value()),
                        {}}});
  }
  wanted.voters.insert(node);
  change_members(wanted, std::move(done));
}

void NodeCoordinator::remove_member(NodeId node, ForceDone done) {
  if (!leading_) return done(Failure{not_leading()});
  raft::Membership wanted = membership_of(node_->raft().configuration());
  if (wanted.voters.erase(node) + wanted.learners.erase(node) == 0) {
    return done(Failure{Problem{
        Problem::Code::not_found, fmt::format("node {} is not a member of this cell", node.value()), {}}});
  }
  change_members(wanted, std::move(done));
}

void NodeCoordinator::change_members(const raft::Membership& wanted, ForceDone done) {
  node_->change_membership(wanted, tell(std::move(done), NodeId()));
}

Result<void, Problem> NodeCoordinator::transfer_leadership(NodeId to) {
  if (!leading_) return Failure{not_leading()};
  const auto taken = node_->transfer_leadership(to);
  if (!taken) return Failure{problem_of(taken.error(), to)};
  return {};
}

}  // namespace vow::dispatch
