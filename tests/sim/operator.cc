#include "tests/sim/operator.h"

#include <algorithm>
#include <vector>

namespace vow::sim {
namespace {

constexpr std::size_t voters_max = 7;
constexpr std::size_t hosts_max = 9;

NodeId any_of(const std::set<NodeId>& nodes, Random& random) {
  return *std::next(nodes.begin(), static_cast<std::ptrdiff_t>(random.below(nodes.size())));
}

void demote(raft::Membership& members, NodeId node) {
  members.voters.erase(node);
  members.learners.insert(node);
}

void promote(raft::Membership& members, NodeId node) {
  members.learners.erase(node);
  members.voters.insert(node);
}

}  // namespace

void Operator::begin() {
  if (world_.options.suffers(Chaos::membership)) change_again();
  if (world_.options.suffers(Chaos::transfer)) transfer_again();
  repair_again();
}

void Operator::change_again() {
  world_.clock.after(around(random_, 3 * second), [this] {
    if (settling_) return;
    change_members();
    change_again();
  });
}

void Operator::transfer_again() {
  world_.clock.after(around(random_, 6 * second), [this] {
    if (settling_) return;
    transfer_leadership();
    transfer_again();
  });
}

void Operator::repair_again() {
  world_.clock.after(settling_ ? 500 * millisecond : around(random_, 3 * second), [this] {
    replace_lost();
    if (!settling_) clear_away();
    repair_again();
  });
}

Host* Operator::contact() {
  if (!random_.chance(0.1)) return cluster_.leader();
  const std::vector<Host*> running = cluster_.running();
  return running.empty() ? nullptr : running[random_.below(running.size())];
}

std::optional<NodeId> Operator::new_node() {
  if (cluster_.hosts().size() >= hosts_max) return std::nullopt;
  return cluster_.add_joiner().id();
}

raft::Membership Operator::draw_membership(const raft::Configuration& now) {
  raft::Membership wanted{now.voters, now.learners};
  const std::uint64_t steps = random_.chance(0.3) ? 3 : 1;
  for (std::uint64_t i = 0; i < steps; ++i) {
    const std::uint64_t kind = random_.below(10);
    if (kind <= 2 && wanted.learners.size() < 3) {
      if (const auto node = new_node()) wanted.learners.insert(*node);
    } else if (kind <= 6 && !wanted.learners.empty()) {
      promote(wanted, any_of(wanted.learners, random_));
    } else if (kind == 7 && wanted.voters.size() > 1) {
      wanted.voters.erase(any_of(wanted.voters, random_));
    } else if (kind == 8 && wanted.voters.size() > 1) {
      demote(wanted, any_of(wanted.voters, random_));
    } else if (kind == 9 && !wanted.learners.empty()) {
      wanted.learners.erase(any_of(wanted.learners, random_));
    }
  }
  return wanted;
}

// Many at once: learners take the places of most voters.
raft::Membership Operator::draw_exchange(const raft::Configuration& now) {
  raft::Membership wanted{now.voters, {}};
  for (std::size_t i = 0; i < now.learners.size() && !wanted.voters.empty(); ++i)
    wanted.voters.erase(any_of(wanted.voters, random_));
  wanted.voters.insert(now.learners.begin(), now.learners.end());
  return wanted;
}

void Operator::change_members() {
  Host* host = contact();
  if (host == nullptr) return;
  const raft::Configuration& now = host->node()->raft().configuration();
  const bool exchanges = now.learners.size() > 1 && random_.chance(0.5);
  const raft::Membership wanted = exchanges ? draw_exchange(now) : draw_membership(now);
  if (wanted.voters.size() > voters_max) return;
  if (!cluster_.survives(raft::Configuration{wanted.voters, {}, wanted.learners})) return;
  if (exchanges) {
    std::set<NodeId> leaving = now.voters;
    for (const NodeId node : wanted.voters) leaving.erase(node);
    voting_out_(leaving);
  }
  ask_for(*host, wanted);
}

void Operator::ask_for(Host& host, const raft::Membership& wanted) {
  const raft::Configuration shown{wanted.voters, {}, wanted.learners};
  world_.trace.line("operator asks node {} for {}", host.id().value(), raft::describe(shown));
  host.call([this, wanted](node::Node& node) {
    const raft::Configuration before = node.raft().configuration();
    node.change_membership(wanted, [this, wanted, before](const node::CommandResult& result) {
      if (result.outcome == node::Outcome::refused) world_.happened(Rare::membership_refused);
      if (result.outcome != node::Outcome::done) return;
      for (const NodeId voter : wanted.voters) {
        if (before.learners.contains(voter)) world_.happened(Rare::learner_promoted);
      }
    });
  });
}

// The lost are voted out at once, their successors taken in as learners, and promoted when they have caught
// up.
void Operator::replace_lost() {
  const std::set<NodeId> lost = cluster_.lost_members();
  for (const NodeId node : lost_) {
    if (lost.contains(node)) continue;
    world_.happened(Rare::dead_replaced);
    cluster_.retire(node);
  }
  lost_ = lost;
  Host* leader = cluster_.leader();
  if (leader == nullptr) return;
  const raft::Configuration& now = leader->node()->raft().configuration();
  raft::Membership wanted{now.voters, now.learners};
  for (const NodeId node : lost) {
    wanted.voters.erase(node);
    wanted.learners.erase(node);
  }
  if (wanted.voters.empty()) return;
  if (!settling_ && !lost.empty() && wanted.learners.empty()) {
    if (const auto node = new_node()) wanted.learners.insert(*node);
  } else if (!settling_ && !wanted.learners.empty() && wanted.voters.size() < world_.options.nodes) {
    promote(wanted, *wanted.learners.begin());
  }
  if (wanted == raft::Membership{now.voters, now.learners}) return;
  if (cluster_.survives(raft::Configuration{wanted.voters, {}, wanted.learners})) ask_for(*leader, wanted);
}

// Nodes that are members no longer run on for a while, and must disturb nobody.
void Operator::clear_away() {
  for (const Host* host : cluster_.hosts()) {
    const bool old = world_.clock.now() > host->born() + 10 * second;
    if (!old || cluster_.checker().configuration().is_member(host->id()) || !random_.chance(0.3)) continue;
    const Host* leader = cluster_.leader();
    if (leader != nullptr && leader->node()->raft().configuration().is_member(host->id())) continue;
    if (!cluster_.survives_loss_of(host->id())) continue;
    world_.trace.line("operator takes away node {}", host->id().value());
    cluster_.retire(host->id());
  }
}

void Operator::transfer_leadership() {
  Host* leader = cluster_.leader();
  if (leader == nullptr) return;
  const std::set<NodeId> voters = leader->node()->raft().configuration().voters;
  if (voters.empty()) return;
  const NodeId to = any_of(voters, random_);
  const Term term = leader->node()->raft().term();
  leader->call([this, to, term](node::Node& node) {
    world_.trace.line("operator asks for leadership to go to node {}", to.value());
    if (!node.transfer_leadership(to)) return;
    world_.clock.after(2 * second, [this, to, term] {
      const Host* chosen = cluster_.host(to);
      const bool done = chosen != nullptr && chosen->leads() && chosen->node()->raft().term() > term;
      world_.happened(done ? Rare::transfer_done : Rare::transfer_given_up);
    });
  });
}

}  // namespace vow::sim
