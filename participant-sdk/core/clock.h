// The time of a client: the machine's monotonic clock, or what a test makes of it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "participant-sdk/core/probe.h"

namespace vow::sdk {

using Instant = std::chrono::steady_clock::time_point;

class Clock {
 public:
  explicit Clock(const Probe* probe) : probe_(probe) {}

  [[nodiscard]] Instant now() const { return std::chrono::steady_clock::now() + ahead(); }
  // When that moment comes by the machine's clock, as far as is known now.
  [[nodiscard]] Instant on_machine(Instant moment) const { return moment - ahead(); }
  [[nodiscard]] std::chrono::milliseconds aged(std::chrono::milliseconds age) const {
    return probe_ == nullptr ? age : probe_->aged(age);
  }

  // Waits until `holds`, until that moment, or until `stop` is requested.
  template <class Holds>
  void wait(std::condition_variable_any& changed, std::unique_lock<std::mutex>& lock,
            const std::stop_token& stop, Instant until, Holds holds) const {
    while (!holds() && !stop.stop_requested() && now() < until) {
      const auto is_ahead = ahead();
      changed.wait_until(lock, stop, until - is_ahead, [&] { return holds() || ahead() != is_ahead; });
    }
  }

 private:
  [[nodiscard]] std::chrono::nanoseconds ahead() const {
    return probe_ == nullptr ? std::chrono::nanoseconds(0) : probe_->ahead();
  }

  const Probe* probe_;
};

}  // namespace vow::sdk
