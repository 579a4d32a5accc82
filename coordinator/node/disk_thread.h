// The disk's two lanes, each on a thread of its own.
//
// The log lane takes all jobs that wait and makes them durable with one sync; meanwhile the next gather. The
// snapshot lane carries out one job after another. Reports go to `report`, on the lane's thread, in the
// lane's order.
//
// Both queues are bounded by what the core lets be outstanding (limits.h), not by blocking the loop.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "coordinator/node/disk.h"

namespace vow::node {

class DiskThread final : public Disk {
 public:
  using Report = std::function<void(DiskEvent)>;

  // The stores belong to the lanes until the destructor has returned.
  DiskThread(storage::LogStore& log, storage::SnapshotStore& snapshots, Report report);
  // Finishes the job in hand, drops the rest.
  ~DiskThread() override;
  DiskThread(const DiskThread&) = delete;
  DiskThread& operator=(const DiskThread&) = delete;

  void submit(LogJob job) override;
  void submit(SnapshotJob job) override;
  void retry_log() override;

  // How often the log was made durable, of all jobs that waited at once. From any thread.
  [[nodiscard]] std::uint64_t log_syncs() const { return log_syncs_.load(std::memory_order_relaxed); }

 private:
  void run_log_lane();
  void run_snapshot_lane();

  storage::LogStore& log_;
  storage::SnapshotStore& snapshots_;
  const Report report_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable work_for_log_;
  std::condition_variable work_for_snapshots_;
  std::vector<LogJob> log_jobs_;
  std::deque<SnapshotJob> snapshot_jobs_;
  bool log_refused_ = false;  // no room: wait for retry_log()
  bool closing_ = false;

  std::atomic<std::uint64_t> log_syncs_{0};
  std::thread log_lane_;
  std::thread snapshot_lane_;
};

}  // namespace vow::node
