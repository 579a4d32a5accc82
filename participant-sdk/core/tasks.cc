#include "participant-sdk/core/tasks.h"

#include <utility>

#include <pthread.h>

namespace vow::sdk {

void Tasks::finish() {
  std::vector<std::thread> threads;
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    threads.swap(threads_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads) thread.join();
}

void Tasks::post(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  if (finished_) {
    lock.unlock();
    return task();
  }
  tasks_.push_back(std::move(task));
  if (idle_ < tasks_.size() && threads_.size() < threads_max_) {
    threads_.emplace_back([this] { run(); });
    pthread_setname_np(threads_.back().native_handle(), "vow-sdk-task");
  }
  lock.unlock();
  changed_.notify_one();
}

void Tasks::run() {
  while (true) {
    std::function<void()> task;
    {
      std::unique_lock lock(mutex_);
      ++idle_;
      changed_.wait(lock, [&] { return finished_ || !tasks_.empty(); });
      --idle_;
      if (tasks_.empty()) return;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    task();
  }
}

}  // namespace vow::sdk
