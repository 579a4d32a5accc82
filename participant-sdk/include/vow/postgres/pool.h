// A bounded number of sessions on one database.
//
//            take()            give_back()
//   (none) ─────────▶ leased ─────────────▶ idle ──take()──▶ leased
//                       │ lease destroyed
//                       └─────────────────▶ closed
//
// A session comes back only where somebody says that it is as new; else it is closed. So none is ever handed
// out of which something is in doubt.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include <unistd.h>

#include "vow/postgres/failures.h"
#include "vow/postgres/options.h"
#include "vow/postgres/session.h"

namespace vow::postgres {

// Thread-safe. Outlives its leases.
class pool {
 public:
  pool(connect_function connect, options how) : connect_(std::move(connect)), options_(std::move(how)) {}
  ~pool() {
    for (auto& each : idle_) close(std::move(each));
  }
  pool(const pool&) = delete;
  pool& operator=(const pool&) = delete;

  class lease {
   public:
    lease(pool& of, std::unique_ptr<session> leased, bool is_reused)
        : pool_(&of), session_(std::move(leased)), is_reused_(is_reused) {}
    lease(lease&& from) noexcept
        : pool_(from.pool_), session_(std::move(from.session_)), is_reused_(from.is_reused_) {}
    lease& operator=(lease&&) = delete;
    ~lease() {
      if (session_ == nullptr) return;
      pool_->close(std::move(session_));
      pool_->freed(nullptr);
    }

    session& operator*() const { return *session_; }
    session* operator->() const { return session_.get(); }
    // It was idle for some time: it may be dead, and a new one alive.
    [[nodiscard]] bool is_reused() const { return is_reused_; }
    // The session is as new.
    void give_back() { pool_->freed(std::move(session_)); }

   private:
    pool* pool_;
    std::unique_ptr<session> session_;
    bool is_reused_;
  };

  using time_point = std::chrono::steady_clock::time_point;
  [[nodiscard]] lease take() { return take(std::chrono::steady_clock::now() + options_.connection_timeout); }
  [[nodiscard]] lease take(time_point until) {
    if (auto idle = reserve(until); idle != nullptr) return lease(*this, std::move(idle), true);
    try {
      auto opened = std::make_unique<session>(connect_(), options_);
      note(opened->identity());
      return lease(*this, std::move(opened), false);
    } catch (const std::exception& why) {
      freed(nullptr);
      throw failures::not_connected(why);
    }
  }

  // Idle ones are closed: one of them was found dead.
  void drop_idle() {
    std::vector<std::unique_ptr<session>> dropped;
    {
      const std::lock_guard lock(mutex_);
      dropped.swap(idle_);
    }
    for (auto& each : dropped) close(std::move(each));
  }

  // Of its own, neither counted nor kept.
  [[nodiscard]] std::unique_ptr<session> open_apart() const {
    try {
      return std::make_unique<session>(connect_(), options_);
    } catch (const std::exception& why) {
      throw failures::not_connected(why);
    }
  }
  // Where the first session led; others may lead elsewhere, after a failover.
  [[nodiscard]] std::optional<identity> home() const {
    const std::lock_guard lock(mutex_);
    return home_;
  }
  [[nodiscard]] const options& how() const { return options_; }
  [[nodiscard]] std::size_t idle() const {
    const std::lock_guard lock(mutex_);
    return idle_.size();
  }

 private:
  // An idle session, or none and the right to open one.
  [[nodiscard]] std::unique_ptr<session> reserve(time_point until) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_until(lock, until, [&] { return leased_ < options_.connections_max; }))
      throw failures::no_connection_free(options_.connections_max);
    ++leased_;
    while (!idle_.empty()) {
      auto last = std::move(idle_.back());
      idle_.pop_back();
      if (last->is_open()) return last;
      close(std::move(last));
    }
    return nullptr;
  }
  void freed(std::unique_ptr<session> again) {
    {
      const std::lock_guard lock(mutex_);
      --leased_;
      if (again != nullptr && again->is_open() && owner_ == ::getpid()) idle_.push_back(std::move(again));
    }
    changed_.notify_one();
    if (again != nullptr) close(std::move(again));
  }
  void note(const identity& seen) {
    const std::lock_guard lock(mutex_);
    if (!home_.has_value()) home_ = seen;
  }
  void close(std::unique_ptr<session> one) const {
    if (owner_ != ::getpid()) one->abandon();
  }

  const connect_function connect_;
  const options options_;
  const ::pid_t owner_ = ::getpid();
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<session>> idle_;  // guarded by mutex_
  std::size_t leased_ = 0;                      // guarded by mutex_
  std::optional<identity> home_;                // guarded by mutex_
};

}  // namespace vow::postgres
