// A process with a session: whom it believes to lead, what it knows of the leader's clock, and every call
// that the SDK makes. What nodes answer is told to the checker where they answer it, whether it arrives or
// not.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/dispatch/requests.h"
#include "tests/sim/cell/outcome_checker.h"
#include "tests/sim/cell/process.h"
#include "tests/sim/cluster.h"

namespace vow::dispatch {
class NodeCoordinator;
}

namespace vow::sim::cell {

class Client : public Process {
 public:
  struct Surroundings {
    World& world;
    Wire& wire;
    Cluster& cluster;
    OutcomeChecker& checker;
  };
  struct Habits {
    Time patience = 0;  // for an answer
    Time retry = 0;
    std::uint32_t poll_wait_ms = 0;
  };

  Client(const Surroundings& around, NodeId id, std::string name, const Habits& habits, Random random)
      : Process(around.world, around.wire, id, std::move(name), random),
        cluster_(around.cluster),
        checker_(around.checker),
        habits_(habits) {}

 protected:
  using Answered = std::function<void(const std::optional<txn::Answer>&)>;

  void vote(const txn::Vote& vote, Answered done);
  void enlist(const txn::Enlistment& enlistment, Answered done);
  void commit(const dispatch::Commit& commit, Time patience, Answered done);
  void roll_back(const txn::Xid& xid, std::uint32_t wait_ms, Answered done);
  void ask_outcome(NodeId at, const txn::Xid& xid, const std::optional<txn::Preparation>& of,
                   txn::Asker asker, Answered done);
  void begin_transaction(std::uint32_t timeout_s, std::function<void(std::optional<txn::Xid>)> done);
  void report(const std::vector<dispatch::Report>& reports);

  // Keeps a session with whoever leads, from now on, and polls.
  void keep_session(std::vector<dispatch::Served> serves);
  [[nodiscard]] const std::optional<dispatch::SessionOpened>& session() const { return session_; }
  // The leader's term clock, as far as it is known here; 0: not at all.
  [[nodiscard]] std::uint64_t leader_clock_ms() const;
  // Who leads, as far as is known here.
  [[nodiscard]] NodeId contact();
  // Likewise, but for a slip now and then.
  [[nodiscard]] NodeId somebody() { return random_.chance(0.03) ? any_node() : contact(); }
  [[nodiscard]] NodeId any_node();
  // After an answer that says nothing final: another node may know more.
  void look_elsewhere() { contact_ = NodeId(); }

  virtual void commanded(const dispatch::Command& /*command*/) {}
  void crashed() override;

  Cluster& cluster_;
  OutcomeChecker& checker_;
  const Habits habits_;

 private:
  // An answer, and who leads if the node that gave it does not.
  template <class T>
  struct Reply {
    T value;
    NodeId leader;
    bool leads = false;
  };
  template <class T>
  using Request = std::function<void(dispatch::NodeCoordinator&, std::function<void(T)>)>;

  template <class T>
  void ask(NodeId to, Time patience, Request<T> request, std::function<void(std::optional<T>)> done);
  void ask_about(NodeId to, Time patience, Request<txn::Answer> request, Answered done);
  void open_session();
  void poll();
  void polled(const std::optional<Result<dispatch::Polled, dispatch::Problem>>& polled);
  void learn_clock(std::uint64_t clock_ms);

  std::vector<dispatch::Served> serves_;
  std::optional<dispatch::SessionOpened> session_;
  std::uint64_t clock_ms_ = 0;
  std::uint64_t clock_at_ms_ = 0;
  NodeId contact_;
};

}  // namespace vow::sim::cell
