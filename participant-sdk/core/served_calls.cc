#include "participant-sdk/core/served_calls.h"

namespace vow::sdk {
namespace {

constexpr std::chrono::minutes kept_for{10};
constexpr std::size_t kept_max = 100'000;

}  // namespace

ServedCalls::Served ServedCalls::once(const Context& call, const std::function<std::string()>& run) {
  const Key key{call.xid, call.path};
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      const auto at = calls_.find(key);
      return at == calls_.end() || !at->second.running;
    });
    const auto at = calls_.find(key);
    if (at != calls_.end()) return {at->second.branches, true};
    calls_.try_emplace(key);
  }
  try {
    std::string branches = run();
    const std::lock_guard lock(mutex_);
    calls_[key] = {.running = false, .branches = branches};
    const Instant now = std::chrono::steady_clock::now();
    done_.emplace_back(now, key);
    forget_old(now);
    changed_.notify_all();
    return {std::move(branches), false};
  } catch (...) {
    const std::lock_guard lock(mutex_);
    calls_.erase(key);
    changed_.notify_all();
    throw;
  }
}

void ServedCalls::forget_old(Instant now) {
  while (!done_.empty() && (now - done_.front().first > kept_for || done_.size() > kept_max)) {
    calls_.erase(done_.front().second);
    done_.pop_front();
  }
}

}  // namespace vow::sdk
