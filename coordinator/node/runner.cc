#include "coordinator/node/runner.h"

#include <utility>

#include <pthread.h>

namespace vow::node {

void Runner::start(std::unique_ptr<Node> node) {
  node_ = std::move(node);
  loop_ = std::thread([this] { run(); });
  pthread_setname_np(loop_.native_handle(), "vow-node");
}

void Runner::stop() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  wake_.notify_one();
  if (loop_.joinable()) loop_.join();
  node_.reset();
}

bool Runner::post(Task task) {
  {
    const std::lock_guard lock(mutex_);
    if (closing_ || stopped_ || tasks_.size() >= options_.requests_max) return false;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
  return true;
}

void Runner::report(DiskEvent event) {
  {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  wake_.notify_one();
}

std::optional<storage::Error> Runner::stopped() const {
  const std::lock_guard lock(mutex_);
  return stopped_;
}

void Runner::run() {
  using Clock = std::chrono::steady_clock;
  std::vector<Task> tasks;
  std::vector<DiskEvent> events;
  auto next_tick = Clock::now() + options_.tick;
  bool more = false;
  while (true) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_until(lock, next_tick,
                       [&] { return more || closing_ || !tasks_.empty() || !events_.empty(); });
      if (closing_) return;
      std::swap(tasks, tasks_);
      std::swap(events, events_);
    }
    work_.wake(*node_);
    for (DiskEvent& event : events) node_->disk_event(std::move(event));
    for (const Task& task : tasks) task(*node_);
    events.clear();
    tasks.clear();
    if (const auto now = Clock::now(); now >= next_tick) {
      work_.tick(*node_);
      // A loop that was held up does not make up for the ticks it missed: its peers did not wait longer for
      // it.
      next_tick = now + options_.tick;
    }
    more = work_.turn(*node_);
    if (node_->stopped()) {
      const std::lock_guard lock(mutex_);
      stopped_ = node_->stopped();
      return;
    }
  }
}

}  // namespace vow::node
