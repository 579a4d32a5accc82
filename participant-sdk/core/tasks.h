// What a client does for programs that may not wait for it themselves: on threads of its own, since these
// tasks wait for branches that its workers end. The threads start with the first task.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace vow::sdk {

// Thread-safe.
class Tasks {
 public:
  explicit Tasks(std::uint32_t threads_max) : threads_max_(threads_max) {}
  ~Tasks() { finish(); }
  Tasks(const Tasks&) = delete;
  Tasks& operator=(const Tasks&) = delete;

  // Must not throw when it is run.
  void post(std::function<void()> task);
  // Waits for all that were posted; those that come later run at once, where they are posted. Not to be
  // called by a task.
  void finish();

 private:
  void run();

  const std::uint32_t threads_max_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool finished_ = false;
  std::uint32_t idle_ = 0;
  std::deque<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
};

}  // namespace vow::sdk
