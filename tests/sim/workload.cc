#include "tests/sim/workload.h"

#include <algorithm>
#include <utility>

#include "tests/sim/linearizability.h"
#include "tests/sim/violation.h"

namespace vow::sim {
namespace {

const RegisterMachine& registers_of(Host& host) {
  return dynamic_cast<RegisterMachine&>(host.program().machine());
}

}  // namespace

Workload::Workload(World& world, Cluster& cluster, Ledger& ledger, Random random)
    : world_(world), cluster_(cluster), ledger_(ledger), random_(random) {}

void Workload::begin() {
  clients_.resize(world_.options.workload.clients);
  for (std::size_t who = 0; who < clients_.size(); ++who) {
    clients_[who].name = next_name_++;
    next_operation(who, random_.below(second));
  }
}

void Workload::finish_with(std::uint64_t operations) {
  finishing_ = true;
  for (std::size_t who = 0; who < clients_.size(); ++who) clients_[who].owed = operations;
}

bool Workload::is_through() const {
  return std::all_of(clients_.begin(), clients_.end(),
                     [](const Client& client) { return client.owed == 0 && !client.busy; });
}

void Workload::next_operation(std::size_t who, Time delay) {
  world_.clock.after(delay, [this, who] { start(who); });
}

void Workload::start(std::size_t who) {
  Client& client = clients_[who];
  if (finishing_ && client.owed == 0) return;
  client.operation = draw_operation(client);
  client.id = history_.invoke(client.name, client.operation);
  client.busy = true;
  client.in_doubt = false;
  client.attempts.clear();
  ++client.turn;
  const Time patience = finishing_ ? 5 * second : world_.options.workload.patience;
  world_.clock.after(patience, [this, who, turn = client.turn] { give_up(who, turn); });
  attempt(who);
}

Operation Workload::draw_operation(const Client& client) {
  Operation operation;
  operation.key = static_cast<Key>(random_.below(world_.options.workload.keys));
  const std::uint64_t kind = random_.below(100);
  operation.kind = kind < 40 ? OperationKind::get : kind < 75 ? OperationKind::put : OperationKind::cas;
  if (operation.kind != OperationKind::get) operation.value = next_value_++;
  if (operation.kind == OperationKind::cas) {
    const auto seen = client.seen.find(operation.key);
    operation.expected = seen == client.seen.end() ? 0 : seen->second;
  }
  return operation;
}

void Workload::choose_target(Client& client) {
  const Host* known = cluster_.host(client.target);
  if (known != nullptr && known->is_alive() && !random_.chance(0.1)) return;
  const std::vector<Host*> hosts = cluster_.hosts();
  if (!hosts.empty()) client.target = hosts[random_.below(hosts.size())]->id();
}

void Workload::attempt(std::size_t who) {
  Client& client = clients_[who];
  choose_target(client);
  client.in_doubt = true;
  world_.clock.after(latency(), [this, who, turn = client.turn, at = client.target] {
    if (clients_[who].turn != turn) return;
    Host* host = cluster_.host(at);
    const bool taken = host != nullptr && host->call([this, who, turn, at](node::Node& node) {
      if (clients_[who].turn != turn) return;
      if (clients_[who].operation.kind == OperationKind::get)
        read(who, node, at);
      else
        submit(who, node, at);
    });
    if (taken) return;
    clients_[who].in_doubt = false;
    attempt_again(who, around(random_, 50 * millisecond));
  });
}

void Workload::attempt_again(std::size_t who, Time delay) {
  world_.clock.after(delay, [this, who, turn = clients_[who].turn] {
    if (clients_[who].busy && clients_[who].turn == turn) attempt(who);
  });
}

void Workload::submit(std::size_t who, node::Node& node, NodeId at) {
  Client& client = clients_[who];
  const std::uint64_t attempt = ledger_.begin();
  client.attempts.push_back(attempt);
  const Operation operation = client.operation;
  world_.trace.line("client {} asks node {} for attempt {}", client.name, at.value(), attempt);
  const std::uint32_t padding =
      static_cast<std::uint32_t>(random_.below(world_.options.workload.padding_max + 1));
  node.submit(Payload(encode(Command{attempt, operation, padding})),
              [this, who, turn = client.turn, attempt, operation, &node](const node::CommandResult& result) {
                Reply reply{result.outcome, operation, node.raft().leadership().leader};
                if (result.outcome == node::Outcome::refused) {
                  ledger_.refused(attempt);
                  world_.happened(Rare::command_refused);
                } else if (result.outcome == node::Outcome::unknown) {
                  world_.happened(Rare::command_unknown);
                } else {
                  ledger_.done(attempt, result.at);
                  const auto answered = decode_answer(result.answer);
                  if (!answered)
                    throw Violation("the machine's answer reaches the client", "it cannot be read");
                  reply.answer.swapped = answered->swapped;
                  reply.answer.found = answered->found;
                }
                answer(who, turn, reply);
              });
}

void Workload::read(std::size_t who, node::Node& node, NodeId at) {
  const Client& client = clients_[who];
  world_.trace.line("client {} reads {} at node {}", client.name, client.operation.key, at.value());
  const Index committed = cluster_.checker().committed();
  node.read(
      [this, who, turn = client.turn, operation = client.operation, &node, at, committed](auto refusal) {
        Reply reply{node::Outcome::done, operation, node.raft().leadership().leader};
        if (refusal) {
          world_.happened(Rare::read_refused);
          reply.outcome = node::Outcome::refused;
        } else {
          world_.happened(Rare::read_answered);
          cluster_.checker().read_answered(node, at, committed);
          if (std::exchange(last_read_event_, world_.clock.executed()) == world_.clock.executed())
            world_.happened(Rare::reads_shared_round);
          reply.answer.value = registers_of(*cluster_.host(at)).get(operation.key);
        }
        answer(who, turn, reply);
      });
}

// On the node's side: the answer sets out for the client.
void Workload::answer(std::size_t who, std::uint64_t turn, const Reply& reply) {
  if (clients_[who].turn != turn) return;
  if (!finishing_ && random_.chance(world_.options.network.loss)) return;
  world_.clock.after(latency(), [this, who, turn, reply] { heard(who, turn, reply); });
}

void Workload::heard(std::size_t who, std::uint64_t turn, const Reply& reply) {
  Client& client = clients_[who];
  if (client.turn != turn || !client.busy) return;
  switch (reply.outcome) {
    case node::Outcome::done: {
      const Operation& op = reply.answer;
      history_.done(client.id, op);
      const bool wrote = op.kind == OperationKind::put || op.swapped;
      client.seen[op.key] = wrote || op.kind == OperationKind::get ? op.value : op.found;
      world_.trace.line("client {}: {} of {} is done: {} {}", client.name,
                        op.kind == OperationKind::get   ? "get"
                        : op.kind == OperationKind::put ? "put"
                                                        : "cas",
                        op.key, op.value, op.swapped);
      ++world_.counters.operations;
      if (client.owed > 0) --client.owed;
      return end(who);
    }
    case node::Outcome::refused:
      client.in_doubt = false;
      if (!reply.leader.is_zero() && reply.leader != client.target) {
        client.target = reply.leader;
        return attempt_again(who, 0);
      }
      client.target = NodeId();
      return attempt_again(who, around(random_, 100 * millisecond));
    case node::Outcome::unknown:
      return give_up(who, turn);
  }
}

void Workload::give_up(std::size_t who, std::uint64_t turn) {
  Client& client = clients_[who];
  if (client.turn != turn || !client.busy) return;
  if (client.in_doubt) {
    history_.unknown(client.id);
    unknown_attempts_.push_back(client.attempts);
    client.name = next_name_++;
  } else {
    history_.failed(client.id);
  }
  client.target = NodeId();
  end(who);
}

void Workload::end(std::size_t who) {
  Client& client = clients_[who];
  client.busy = false;
  ++client.turn;
  next_operation(who, around(random_, finishing_ ? 10 * millisecond : world_.options.workload.think));
}

Time Workload::latency() {
  return world_.options.network.latency_min + random_.below(world_.options.network.latency_spread + 1);
}

void Workload::check_history() {
  for (const auto& attempts : unknown_attempts_) {
    const bool applied = std::any_of(attempts.begin(), attempts.end(),
                                     [&](std::uint64_t each) { return ledger_.was_applied(each); });
    if (!attempts.empty())
      world_.happened(applied ? Rare::unknown_took_effect : Rare::unknown_never_happened);
  }
  for (const auto& [key, operations] : history_.by_key()) {
    const Verdict verdict = check_linearizable(operations);
    if (verdict == Verdict::linearizable) continue;
    throw Violation("the history of each register is linearizable",
                    fmt::format("{} operations on register {}: {}", operations.size(), key,
                                verdict == Verdict::broken ? "no order explains the answers"
                                                           : "the search took too many steps to tell"));
  }
}

}  // namespace vow::sim
