#include "coordinator/dispatch/showing.h"

#include <fmt/format.h>

namespace vow::dispatch {
namespace {

using Standing = txn::OpenBranch::Standing;

std::string_view name(Standing standing) {
  switch (standing) {
    case Standing::enlisted:
      return "enlisted";
    case Standing::preparing:
      return "preparing";
    case Standing::prepared:
      return "prepared";
    case Standing::read_only:
      return "read_only";
    case Standing::refused:
      return "refused";
    case Standing::finished:
      return "finished";
  }
  return "?";
}

TransactionShown begin(const txn::Xid& xid, std::string_view state, txn::Reason reason) {
  TransactionShown shown;
  shown.xid = xid;
  shown.state = state;
  shown.reason = reason == txn::Reason::none ? "" : name(reason);
  shown.begun_ms = xid.begin_ms;
  shown.deadline_ms = xid.deadline_ms();
  return shown;
}

BranchShown begin(const txn::OpenBranch& branch) {
  BranchShown shown;
  shown.branch = branch.preparation.branch.view();
  shown.nonce = branch.preparation.nonce.value();
  shown.resource = branch.resource;
  shown.standing = name(branch.standing);
  return shown;
}

std::string seconds(std::uint64_t ms) { return fmt::format("{:.1f} s", static_cast<double>(ms) / 1000.0); }

// Of the first branch that holds the transaction up.
std::string wait_for_branch(const BranchShown& branch, std::string_view to_do, const Delivery& delivery) {
  const std::string who = fmt::format("branch {} of {} to {}", branch.branch, branch.resource, to_do);
  if (!branch.last_error.empty()) {
    return fmt::format("{}: attempt {} failed ({}); the next is in {}", who, branch.attempts,
                       branch.last_error, seconds(branch.next_attempt_in_ms));
  }
  if (delivery.instances_of(branch.resource) == 0) {
    return fmt::format("{}: no process that serves {} is connected", who, branch.resource);
  }
  return who;
}

std::string wait_of(const TransactionShown& shown, txn::State state, const Leadership& leading) {
  const auto first = [&](std::string_view standing) -> const BranchShown* {
    for (const BranchShown& branch : shown.branches) {
      if (branch.standing == standing) return &branch;
    }
    return nullptr;
  };
  const BranchShown* branch = nullptr;
  switch (state) {
    case txn::State::open: {
      const std::uint64_t now = leading.clock_ms();
      return fmt::format("its initiator to commit or roll back; it is rolled back by itself in {}",
                         seconds(shown.deadline_ms > now ? shown.deadline_ms - now : 0));
    }
    case txn::State::preparing:
      branch = first("preparing");
      return branch == nullptr ? "" : wait_for_branch(*branch, "prepare and vote", leading.delivery());
    case txn::State::deciding:
      return "a majority of the nodes to have the decision on disk";
    case txn::State::committing:
      branch = first("prepared");
      return branch == nullptr ? "" : wait_for_branch(*branch, "commit", leading.delivery());
    case txn::State::aborting:
      branch = first("prepared");
      if (branch == nullptr) branch = first("enlisted");
      if (branch == nullptr) branch = first("preparing");
      return branch == nullptr ? "" : wait_for_branch(*branch, "roll back", leading.delivery());
    case txn::State::aborted:
      return "";
  }
  return "";
}

}  // namespace

TransactionShown shown(const txn::Xid& xid, const txn::Transaction& transaction, const Leadership& leading) {
  TransactionShown shown = begin(xid, name(transaction.state), transaction.reason);
  for (const txn::OpenBranch& branch : transaction.branches) {
    BranchShown one = begin(branch);
    if (const auto on_its_way = leading.delivery().for_branch(xid, branch.preparation)) {
      one.attempts = on_its_way->attempts;
      one.last_error = on_its_way->last_error;
      one.next_attempt_in_ms = on_its_way->next_attempt_in_ms;
    }
    shown.branches.push_back(std::move(one));
  }
  shown.waiting_for = wait_of(shown, transaction.state, leading);
  return shown;
}

TransactionShown shown(const History::Ended& ended) {
  TransactionShown shown = begin(ended.xid, name(ended.answer.verdict), ended.answer.reason);
  shown.ended_ms = ended.at_ms;
  for (const txn::OpenBranch& branch : ended.branches) shown.branches.push_back(begin(branch));
  return shown;
}

TransactionShown shown(const txn::Decision& decision, const txn::ResourceNames& resources) {
  TransactionShown shown = begin(decision.xid, name(txn::Verdict::committed), txn::Reason::none);
  for (const txn::DecidedBranch& branch : decision.branches) {
    BranchShown one;
    one.branch = branch.preparation.branch.view();
    one.nonce = branch.preparation.nonce.value();
    one.resource = resources.name(branch.resource);
    one.standing = branch.forced ? "forced" : decision.is_finished() ? "finished" : "prepared";
    shown.branches.push_back(std::move(one));
  }
  if (!decision.is_finished())
    shown.waiting_for = "the leader to hear from all branches; ask the leader for more";
  return shown;
}

TransactionShown shown(const txn::Xid& xid, const txn::Answer& answer) {
  return begin(xid, name(answer.verdict), answer.reason);
}

}  // namespace vow::dispatch
