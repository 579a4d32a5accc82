// Makes the names of new transactions, without asking anybody: from a session that the leader of a term
// opened.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

#include "coordinator/txn/xid.h"

namespace vow::sdk {

// Thread-safe.
class Minter {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  struct Session {
    std::uint32_t cell = 0;
    std::uint32_t incarnation = 0;
    Term term;
    txn::SessionNumber number;
    std::uint32_t timeout_s_max = 0;
  };
  // `clock_ms` is what the leader's clock showed a little before `now`.
  Minter(const Session& session, std::uint64_t clock_ms, Instant now)
      : session_(session), clock_ms_(clock_ms), read_at_(now) {}

  [[nodiscard]] const Session& session() const { return session_; }
  // The leader's clock was read again. Xids never go back in time.
  void clock(std::uint64_t clock_ms, Instant now) {
    const std::lock_guard lock(mutex_);
    if (clock_ms <= clock_at(now)) return;
    clock_ms_ = clock_ms;
    read_at_ = now;
  }
  [[nodiscard]] std::uint64_t clock_ms(Instant now) const {
    const std::lock_guard lock(mutex_);
    return clock_at(now);
  }
  // None: the session has no number left.
  [[nodiscard]] std::optional<txn::Xid> next(std::chrono::milliseconds timeout, Instant now) {
    const std::lock_guard lock(mutex_);
    if (sequence_ == txn::Xid::sequence_max) return std::nullopt;
    txn::Xid xid;
    xid.cell = session_.cell;
    xid.incarnation = session_.incarnation;
    xid.term = static_cast<std::uint32_t>(session_.term.value());
    xid.begin_ms = clock_at(now);
    xid.timeout_s = seconds_of(timeout);
    xid.session = txn::nth_of(session_.number);
    xid.sequence = ++sequence_;
    return xid;
  }

 private:
  [[nodiscard]] std::uint64_t clock_at(Instant now) const {
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(now - read_at_);
    return clock_ms_ + static_cast<std::uint64_t>(std::max<std::int64_t>(since.count(), 0));
  }
  // Whole seconds, rounded up, and no more than the leader allows.
  [[nodiscard]] std::uint32_t seconds_of(std::chrono::milliseconds timeout) const {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(timeout).count();
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 1, session_.timeout_s_max));
  }

  const Session session_;
  mutable std::mutex mutex_;  // guards what follows
  std::uint64_t clock_ms_;
  Instant read_at_;
  std::uint32_t sequence_ = 0;
};

}  // namespace vow::sdk
