// A cell of real nodes in this process, each with its stores in a directory of its own, as `vow serve` runs
// them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/cli/node_process.h"

namespace vow::testing {

class CellInProcess {
 public:
  using Adjust = std::function<void(cli::ServeConfig&)>;
  // Directories are made in `directory`, and removed at the end. Throws if the cell does not come up.
  CellInProcess(
      std::size_t nodes, const std::string& directory, const Adjust& adjust = [](cli::ServeConfig&) {});
  ~CellInProcess();

  // Who leads and answers; waits for it.
  [[nodiscard]] cli::NodeProcess& leader();
  [[nodiscard]] std::uint16_t leader_port();
  // Where clients may call, of all nodes; the same as long as the cell lives.
  [[nodiscard]] std::vector<std::string> addresses() const;
  // Ends the one that leads, as it is; start() brings it back.
  [[nodiscard]] std::size_t stop_leader();
  void stop(std::size_t nth) { nodes_[nth].reset(); }
  void start(std::size_t nth);
  // Ends a node and starts it again with what is on its disk; how long that took until it answered as leader,
  // in a cell of one.
  double restart_ms();

  struct Figures {
    std::uint64_t records = 0;  // commands of the replicated log that the leader applied
    std::uint64_t record_bytes = 0;
    std::uint64_t log_syncs = 0;  // of the leader
    std::uint64_t unfinished = 0;
    std::uint64_t finished = 0;
    std::uint64_t votes = 0;
    std::uint64_t snapshot_index = 0;
  };
  [[nodiscard]] Figures figures();
  // Runs `task` on the leader's loop and waits for it.
  void on_loop(const std::function<void(dispatch::Coordinator&)>& task);

 private:
  [[nodiscard]] cli::ServeConfig config_of(std::size_t nth) const;

  std::string directory_;
  Adjust adjust_;
  std::vector<std::uint16_t> ports_;  // two of each node: for peers and for clients
  std::vector<std::unique_ptr<cli::NodeProcess>> nodes_;
  std::atomic<bool> never_{false};
};

}  // namespace vow::testing
