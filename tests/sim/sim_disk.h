// The disk port of a node in virtual time, over the real stores: two lanes, each busy for a while with each
// thing it does. What the log lane is given while it is busy becomes one batch, as on the disk's own thread.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "coordinator/base/random.h"
#include "coordinator/node/disk.h"
#include "tests/sim/world.h"

namespace vow::sim {

class SimDisk final : public node::Disk {
 public:
  using Deliver = std::function<void(node::DiskEvent)>;
  struct Stores {
    storage::LogStore& log;
    storage::SnapshotStore& snapshots;
  };

  // `deliver` gets the events, never within a call.
  SimDisk(World& world, Random random, Stores stores, Deliver deliver);

  void submit(node::LogJob job) override;
  void submit(node::SnapshotJob job) override;
  void retry_log() override;

  // Everything takes this much longer.
  void set_slowness(std::uint64_t factor) { slowness_ = factor; }

  [[nodiscard]] bool is_writing_log() const { return log_busy_; }
  [[nodiscard]] bool is_at_snapshot() const { return snapshot_busy_; }
  // For crashes in the middle: does now what the lane is busy with, whose events nobody will hear.
  void rush_log();
  void rush_snapshot();
  // The process is gone: nothing is done or delivered any more.
  void die() { *alive_ = false; }

 private:
  void start_log();
  void start_snapshot();
  void finish_log();
  void finish_snapshot();
  void note(const node::DiskEvent& event);

  World& world_;
  Random random_;
  Stores stores_;
  Deliver deliver_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  std::uint64_t slowness_ = 1;

  std::vector<node::LogJob> waiting_;  // for the write that is running, or for room
  std::vector<node::LogJob> running_;
  bool log_busy_ = false;
  bool log_refused_ = false;
  std::deque<node::SnapshotJob> snapshot_jobs_;  // the first is running, if busy
  bool snapshot_busy_ = false;
};

}  // namespace vow::sim
