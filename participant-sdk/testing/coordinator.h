// A coordinator in this process: a cell of one real node, served on a loopback port, which keeps its log in
// memory.
//
//   threads   vow-node       the loop: consensus, state, coordinator   (dispatch::CoordinatorLoop)
//             vow-log        "writes" the log                          (node::DiskThread)
//             vow-snapshot   likewise snapshots
//             vow-rpc-0      clients                                   (rpc::Server)
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "coordinator/dispatch/node_coordinator.h"
#include "participant-sdk/testing/virtual_clock.h"

namespace vow::testing {

// For one thread at a time.
class Coordinator {
 public:
  // The clock outlives it. Throws if no port is free.
  explicit Coordinator(const VirtualClock& clock);
  ~Coordinator();

  // Returns once it leads and answers.
  void start();
  // As if it were killed: what is durable stays.
  void stop();
  [[nodiscard]] bool is_running() const { return running_ != nullptr; }
  // "host:port": the same as long as it lives.
  [[nodiscard]] const std::string& address() const { return address_; }

  // Runs `task` on the loop, and returns after that. Only while it runs.
  void on_loop(const std::function<void(dispatch::NodeCoordinator&)>& task);

 private:
  struct Durable;
  struct Running;

  const VirtualClock& clock_;
  const std::unique_ptr<Durable> durable_;
  std::unique_ptr<Running> running_;
  std::uint16_t port_ = 0;  // 0: any
  std::string address_;
};

}  // namespace vow::testing
