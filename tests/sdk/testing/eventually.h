// Waits for what other threads do.
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace vow::testing {

inline bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < until) {
    if (holds()) return true;
    std::this_thread::yield();
  }
  return false;
}

}  // namespace vow::testing
