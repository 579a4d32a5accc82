#include "participant-sdk/core/served_calls.h"

namespace vow::sdk {
namespace {

constexpr std::chrono::minutes kept_for{10};
constexpr std::size_t kept_max = 100'000;
constexpr std::size_t body_bytes_max = 64 << 20;

}  // namespace

ServedCalls::Served ServedCalls::once(const Context& call, const std::function<Answer()>& run) {
  const Key key{call.xid, call.path};
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] {
      const auto at = calls_.find(key);
      return at == calls_.end() || !at->second.running;
    });
    const auto at = calls_.find(key);
    if (at != calls_.end()) return {at->second.branches, at->second.body, true};
    calls_.try_emplace(key);
  }
  try {
    Answer answer = run();
    keep(key, answer);
    return {std::move(answer.branches), std::move(answer.body), false};
  } catch (...) {
    const std::lock_guard lock(mutex_);
    calls_.erase(key);
    changed_.notify_all();
    throw;
  }
}

void ServedCalls::keep(const Key& key, const Answer& answer) {
  const std::lock_guard lock(mutex_);
  Call& call = calls_[key];
  call = {.running = false, .branches = answer.branches, .body = std::nullopt};
  if (answer.body.size() <= body_max) {
    call.body = answer.body;
    body_bytes_ += answer.body.size();
  }
  const Instant now = std::chrono::steady_clock::now();
  done_.emplace_back(now, key);
  forget_old(now);
  changed_.notify_all();
}

void ServedCalls::forget_old(Instant now) {
  while (!done_.empty() &&
         (now - done_.front().first > kept_for || done_.size() > kept_max || body_bytes_ > body_bytes_max)) {
    const auto at = calls_.find(done_.front().second);
    body_bytes_ -= at->second.body.value_or(std::string()).size();
    calls_.erase(at);
    done_.pop_front();
  }
}

}  // namespace vow::sdk
