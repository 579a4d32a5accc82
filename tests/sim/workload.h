// The clients. Each does one thing at a time, asks whichever node it believes to lead, tries again where it
// was refused, and does not wait for ever: an operation without an answer is unknown, and its client goes on
// under a new name.
#pragma once

#include <map>
#include <vector>

#include "tests/sim/cluster.h"
#include "tests/sim/history.h"
#include "tests/sim/ledger.h"
#include "tests/sim/register_machine.h"

namespace vow::sim {

class Workload {
 public:
  Workload(World& world, Cluster& cluster, Ledger& ledger, Random random);

  void begin();
  // The last phase: each client is through once this many more of its operations are done.
  void finish_with(std::uint64_t operations);
  [[nodiscard]] bool is_through() const;

  // Throws a Violation if the history is not linearizable.
  void check_history();

 private:
  struct Client {
    std::uint64_t name = 0;
    std::uint64_t turn = 0;  // grows with every operation, so that late answers are told apart
    Operation operation;
    History::Id id = 0;
    bool busy = false;
    bool in_doubt = false;  // a try was sent and not answered
    std::vector<std::uint64_t> attempts;
    NodeId target;
    std::map<Key, Value> seen;
    std::uint64_t owed = 0;
  };
  struct Reply {
    node::Outcome outcome = node::Outcome::unknown;
    Operation answer;
    NodeId leader;  // if refused: whom to ask instead, if known
  };

  void next_operation(std::size_t who, Time delay);
  void start(std::size_t who);
  [[nodiscard]] Operation draw_operation(const Client& client);
  void choose_target(Client& client);
  void attempt(std::size_t who);
  void attempt_again(std::size_t who, Time delay);
  void submit(std::size_t who, node::Node& node, NodeId at);
  void read(std::size_t who, node::Node& node, NodeId at);
  void answer(std::size_t who, std::uint64_t turn, const Reply& reply);
  void heard(std::size_t who, std::uint64_t turn, const Reply& reply);
  void give_up(std::size_t who, std::uint64_t turn);
  void end(std::size_t who);
  [[nodiscard]] Time latency();

  World& world_;
  Cluster& cluster_;
  Ledger& ledger_;
  Random random_;
  History history_;
  std::vector<Client> clients_;
  bool finishing_ = false;
  std::uint64_t next_name_ = 1;
  Value next_value_ = 1;
  std::vector<std::vector<std::uint64_t>> unknown_attempts_;
  std::uint64_t last_read_event_ = 0;
};

}  // namespace vow::sim
