#include "coordinator/node/disk_thread.h"

#include <iterator>
#include <utility>

#include <pthread.h>

namespace vow::node {

DiskThread::DiskThread(storage::LogStore& log, storage::SnapshotStore& snapshots, Report report)
    : log_(log),
      snapshots_(snapshots),
      report_(std::move(report)),
      log_lane_([this] { run_log_lane(); }),
      snapshot_lane_([this] { run_snapshot_lane(); }) {
  pthread_setname_np(log_lane_.native_handle(), "vow-log");
  pthread_setname_np(snapshot_lane_.native_handle(), "vow-snapshot");
}

DiskThread::~DiskThread() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  work_for_log_.notify_one();
  work_for_snapshots_.notify_one();
  log_lane_.join();
  snapshot_lane_.join();
}

void DiskThread::submit(LogJob job) {
  {
    const std::lock_guard lock(mutex_);
    log_jobs_.push_back(std::move(job));
  }
  work_for_log_.notify_one();
}

void DiskThread::submit(SnapshotJob job) {
  {
    const std::lock_guard lock(mutex_);
    snapshot_jobs_.push_back(std::move(job));
  }
  work_for_snapshots_.notify_one();
}

void DiskThread::retry_log() {
  {
    const std::lock_guard lock(mutex_);
    log_refused_ = false;
  }
  work_for_log_.notify_one();
}

void DiskThread::run_log_lane() {
  std::vector<LogJob> jobs;  // those refused for lack of room stay here, before all later ones
  while (true) {
    {
      std::unique_lock lock(mutex_);
      work_for_log_.wait(
          lock, [&] { return closing_ || (!log_refused_ && (!jobs.empty() || !log_jobs_.empty())); });
      if (closing_) return;
      std::move(log_jobs_.begin(), log_jobs_.end(), std::back_inserter(jobs));
      log_jobs_.clear();
    }
    DiskEvent event = node::carry_out(jobs, log_);
    log_syncs_.fetch_add(1, std::memory_order_relaxed);
    const bool failed = std::holds_alternative<DiskFailed>(event);
    if (std::holds_alternative<LogRefused>(event)) {
      const std::lock_guard lock(mutex_);
      log_refused_ = true;
    }
    report_(std::move(event));
    if (failed) return;  // what is on the disk is uncertain: nothing more is written
  }
}

void DiskThread::run_snapshot_lane() {
  while (true) {
    std::optional<SnapshotJob> job;
    {
      std::unique_lock lock(mutex_);
      work_for_snapshots_.wait(lock, [&] { return closing_ || !snapshot_jobs_.empty(); });
      if (closing_) return;
      job = std::move(snapshot_jobs_.front());
      snapshot_jobs_.pop_front();
    }
    report_(node::carry_out(*std::move(job), snapshots_));
  }
}

}  // namespace vow::node
