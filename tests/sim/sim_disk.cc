#include "tests/sim/sim_disk.h"

#include <iterator>
#include <utility>

namespace vow::sim {

SimDisk::SimDisk(World& world, Random random, Stores stores, Deliver deliver)
    : world_(world), random_(random), stores_(stores), deliver_(std::move(deliver)) {}

void SimDisk::submit(node::LogJob job) {
  waiting_.push_back(std::move(job));
  if (!log_busy_ && !log_refused_) start_log();
}

void SimDisk::submit(node::SnapshotJob job) {
  snapshot_jobs_.push_back(std::move(job));
  if (!snapshot_busy_) start_snapshot();
}

void SimDisk::retry_log() {
  if (!log_refused_) return;
  log_refused_ = false;
  if (!log_busy_) start_log();
}

void SimDisk::start_log() {
  log_busy_ = true;
  running_ = std::exchange(waiting_, {});
  if (running_.size() > 1) world_.happened(Rare::batch_of_writes);
  const DiskOptions& disk = world_.options.disk;
  const Time takes = (disk.log_min + random_.below(disk.log_spread + 1)) * slowness_;
  world_.clock.after(takes, [this, alive = alive_] {
    if (*alive) finish_log();
  });
}

void SimDisk::finish_log() {
  node::DiskEvent event = node::carry_out(running_, stores_.log);
  log_busy_ = false;
  if (std::holds_alternative<node::LogWritten>(event)) {
    if (!waiting_.empty()) start_log();
  } else if (std::holds_alternative<node::LogRefused>(event)) {
    log_refused_ = true;
    std::move(waiting_.begin(), waiting_.end(), std::back_inserter(running_));
    waiting_ = std::exchange(running_, {});
  }
  note(event);
  deliver_(std::move(event));
}

void SimDisk::start_snapshot() {
  snapshot_busy_ = true;
  const DiskOptions& disk = world_.options.disk;
  const Time takes = (disk.snapshot_min + random_.below(disk.snapshot_spread + 1)) * slowness_;
  world_.clock.after(takes, [this, alive = alive_] {
    if (*alive) finish_snapshot();
  });
}

void SimDisk::finish_snapshot() {
  node::SnapshotJob job = std::move(snapshot_jobs_.front());
  snapshot_jobs_.pop_front();
  node::DiskEvent event = node::carry_out(std::move(job), stores_.snapshots);
  snapshot_busy_ = false;
  if (!snapshot_jobs_.empty()) start_snapshot();
  note(event);
  deliver_(std::move(event));
}

void SimDisk::note(const node::DiskEvent& event) {
  if (const auto* saved = std::get_if<node::SnapshotSaved>(&event)) {
    world_.happened(saved->result ? Rare::snapshot_saved : Rare::snapshot_write_failed);
  }
  if (std::holds_alternative<node::LogRefused>(event)) world_.happened(Rare::disk_full);
}

void SimDisk::rush_log() { (void)node::carry_out(running_, stores_.log); }

void SimDisk::rush_snapshot() {
  (void)node::carry_out(std::move(snapshot_jobs_.front()), stores_.snapshots);
  snapshot_jobs_.clear();
}

}  // namespace vow::sim
