// A cell of one node in virtual time, whose disk is memory and done at once: enough to see what a coordinator
// does, step by step.
#pragma once

#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/dispatch/node_coordinator.h"
#include "coordinator/node/boot.h"
#include "storage/file_snapshot_store.h"
#include "storage/memory_log_store.h"
#include "tests/support/faulty_disk.h"

namespace vow::dispatch {

class LoneNode final : private node::Transport, private node::Disk {
 public:
  static constexpr std::uint32_t cell = 7;
  static constexpr std::uint32_t incarnation = 3;
  static constexpr std::uint64_t began_ms = 1'700'000'000'000;

  explicit LoneNode(const CoordinatorOptions& options = {})
      : options_(options), snapshots_(*storage::FileSnapshotStore::open_on(disk_)) {
    Replica first(decisions);
    first.found({cell, incarnation}, {});
    EXPECT_TRUE(node::bootstrap(*snapshots_, first, {.voters = {id}}).ok());
    start();
  }

  // The process ends and another begins with what is on the disk.
  void restart() {
    coordinator_.reset();
    node_.reset();
    events_.clear();
    start();
  }
  // Time passes, in small steps.
  void pass(std::uint64_t ms) {
    for (; ms > 0; ms -= std::min<std::uint64_t>(ms, step_ms)) {
      now_.monotonic_ms += step_ms;
      now_.wall_ms += step_ms;
      coordinator_->wake(now_);
      coordinator_->tick();
      turn();
    }
  }
  void until_it_leads() {
    for (int i = 0; i < 1'000 && !coordinator_->is_leading(); ++i) pass(step_ms);
    ASSERT_TRUE(coordinator_->is_leading());
  }
  // Everything that was asked of it is carried out.
  void turn() {
    do {
      std::vector<node::DiskEvent> events = std::exchange(events_, {});
      for (node::DiskEvent& event : events) node_->disk_event(std::move(event));
      coordinator_->turn();
      if (!disk_works_) break;
    } while (!events_.empty());
    coordinator_->check_invariants();
    node_->check_invariants();
  }
  // While it does not, nothing becomes durable.
  void set_disk_works(bool works) {
    disk_works_ = works;
    if (!works) return;
    for (node::LogJob& job : std::exchange(held_, {})) submit(std::move(job));
    turn();
  }
  void jump_wall_clock(std::int64_t ms) {
    now_.wall_ms = static_cast<std::uint64_t>(static_cast<std::int64_t>(now_.wall_ms) + ms);
  }

  [[nodiscard]] NodeCoordinator& coordinator() { return *coordinator_; }
  [[nodiscard]] node::Node& node() { return *node_; }
  [[nodiscard]] txn::Moment now() const { return now_; }

 private:
  static constexpr std::uint64_t step_ms = 50;
  static constexpr NodeId id{1};
  static constexpr txn::DecisionOptions decisions{.grace_ms = 1'000};

  void start() {
    replica_ = std::make_unique<Replica>(decisions);
    auto restored = node::recover(log_, *snapshots_, *replica_);
    ASSERT_TRUE(restored.ok());
    coordinator_ = std::make_unique<NodeCoordinator>(options_, *replica_, Random(1));
    node::Options options;
    options.raft.self = id;
    node_ = std::make_unique<node::Node>(options, *std::move(restored),
                                         node::Node::Ports{*this, *this, *replica_}, Random(2));
    coordinator_->attach(*node_);
    coordinator_->wake(now_);
  }
  void send(node::PeerMessage) override { ADD_FAILURE() << "there is nobody to send to"; }
  void submit(node::LogJob job) override {
    if (!disk_works_) return held_.push_back(std::move(job));
    std::vector<node::LogJob> jobs;
    jobs.push_back(std::move(job));
    events_.push_back(node::carry_out(jobs, log_));
  }
  void submit(node::SnapshotJob job) override {
    events_.push_back(node::carry_out(std::move(job), *snapshots_));
  }
  void retry_log() override {}

  CoordinatorOptions options_;
  txn::Moment now_{.monotonic_ms = 5'000, .wall_ms = began_ms};
  storage::MemoryLogStore log_{storage::Identity{CellId(cell), id}};
  testing::FaultyDisk disk_{Random(3)};
  std::unique_ptr<storage::FileSnapshotStore> snapshots_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<NodeCoordinator> coordinator_;
  std::unique_ptr<node::Node> node_;
  std::vector<node::DiskEvent> events_;
  std::vector<node::LogJob> held_;
  bool disk_works_ = true;
};

}  // namespace vow::dispatch
