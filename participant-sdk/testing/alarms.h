// What is to be done at a moment of a cluster's clock.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "participant-sdk/testing/virtual_clock.h"

namespace vow::testing {

// Thread-safe. Has a thread, on which it is done.
class Alarms {
 public:
  using Task = std::function<void()>;

  // The clock outlives it.
  explicit Alarms(const VirtualClock& clock) : clock_(clock), thread_([this] { run(); }) {}
  // What is not due by then is never done.
  ~Alarms();
  Alarms(const Alarms&) = delete;
  Alarms& operator=(const Alarms&) = delete;

  void in(std::chrono::milliseconds time, Task task);
  void time_jumped();

 private:
  using Instant = std::chrono::steady_clock::time_point;
  [[nodiscard]] Instant now() const { return std::chrono::steady_clock::now() + clock_.ahead(); }
  void run();

  const VirtualClock& clock_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  bool stopping_ = false;
  std::multimap<Instant, Task> tasks_;
  std::thread thread_;
};

}  // namespace vow::testing
