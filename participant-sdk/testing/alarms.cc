#include "participant-sdk/testing/alarms.h"

#include <utility>

namespace vow::testing {

Alarms::~Alarms() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Alarms::in(std::chrono::milliseconds time, Task task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.emplace(now() + time, std::move(task));
  }
  changed_.notify_all();
}

void Alarms::time_jumped() {
  { const std::lock_guard lock(mutex_); }  // it is not between looking at the clock and waiting
  changed_.notify_all();
}

void Alarms::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (tasks_.empty()) {
      changed_.wait(lock);
    } else if (tasks_.begin()->first > now()) {
      changed_.wait_until(lock, tasks_.begin()->first - clock_.ahead());
    } else {
      auto due = tasks_.extract(tasks_.begin());
      lock.unlock();
      due.mapped()();
      lock.lock();
    }
  }
}

}  // namespace vow::testing
