// The thread on which a node and its coordinator live: the runner of coordinator/node, with the coordinator's
// work in each turn.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "coordinator/dispatch/node_coordinator.h"
#include "coordinator/node/runner.h"

namespace vow::dispatch {

// Now, by the machine's clocks. The monotonic one goes on while the machine sleeps.
[[nodiscard]] txn::Moment moment_now();

class CoordinatorLoop final : public Loop {
 public:
  CoordinatorLoop(const node::Runner::Options& options, NodeCoordinator& coordinator,
                  std::function<txn::Moment()> clock = moment_now);

  // Begins; until then the runner takes what the disk reports, and posts.
  void start(std::unique_ptr<node::Node> node);
  // Ends the thread and gives the node up.
  void stop() { runner_.stop(); }

  [[nodiscard]] bool post(std::function<void(Coordinator&)> task) override;
  void at_turn_end(std::function<void()> hook) override { hooks_.push_back(std::move(hook)); }
  // What the disk says.
  void report(node::DiskEvent event) { runner_.report(std::move(event)); }
  // What a peer says. False if too much waits already: then it is lost, as on the network.
  [[nodiscard]] bool deliver(std::vector<node::PeerMessage> messages);

  // Why the node stopped by itself; none if it did not.
  [[nodiscard]] std::optional<storage::Error> stopped() const { return runner_.stopped(); }

 private:
  [[nodiscard]] node::Runner::Work work();

  NodeCoordinator& coordinator_;
  const std::function<txn::Moment()> clock_;
  std::vector<std::function<void()>> hooks_;
  node::Runner runner_;
};

}  // namespace vow::dispatch
