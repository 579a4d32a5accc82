// A coordinator node put together, in this process: its stores, its loop, its links to the other members, and
// its two doors. `vow serve` is one of these until a signal comes; benchmarks and tests run them too.
//
//   threads   vow-node       the loop: consensus, state, coordinator       (dispatch::CoordinatorLoop)
//             vow-log        makes the log durable                         (node::DiskThread)
//             vow-snapshot   writes and reads snapshots
//             vow-peers      to the other members                          (rpc::PeerLinks)
//             vow-peer-N     from the other members                        (rpc::Server)
//             vow-rpc-N      clients, client.threads of them               (rpc::Server)
//             HTTP           one for each request in hand                  (http::Server)
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "coordinator/base/result.h"
#include "coordinator/cli/log.h"
#include "coordinator/cli/serve_config.h"
#include "coordinator/dispatch/coordinator.h"

namespace vow::cli {

class NodeProcess {
 public:
  using Log = std::function<void(LogLevel, const std::string&)>;

  // Returns once the node takes part in its cell and listens; before it has a cell, that can take as long as
  // its other first members do to come up. Or why it cannot; also when `stop` becomes true meanwhile.
  [[nodiscard]] static Result<std::unique_ptr<NodeProcess>, std::string> start(const ServeConfig& config,
                                                                               Log log,
                                                                               const std::atomic<bool>& stop);
  // Ends everything. What was acknowledged is durable already.
  ~NodeProcess();
  NodeProcess(const NodeProcess&) = delete;
  NodeProcess& operator=(const NodeProcess&) = delete;

  // Begins nothing new, hands leadership over and lets decisions come through, for at most so long.
  void drain(std::chrono::milliseconds at_most);

  [[nodiscard]] NodeId node() const;
  // "host:port", with the ports that were taken where any would do.
  [[nodiscard]] std::string client_address() const;
  [[nodiscard]] std::string peer_address() const;
  [[nodiscard]] std::string http_address() const;
  [[nodiscard]] dispatch::Loop& loop();
  // How often its log was made durable.
  [[nodiscard]] std::uint64_t log_syncs() const;
  // Why the node stopped by itself; empty while it runs.
  [[nodiscard]] std::string stopped() const;

 private:
  struct Parts;
  explicit NodeProcess(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace vow::cli
