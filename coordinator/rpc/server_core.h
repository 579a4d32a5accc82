// What the I/O threads of one server share.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "coordinator/rpc/clock.h"
#include "coordinator/rpc/server.h"

namespace vow::rpc {

// Bytes of all connections together.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}
  // A connection that held `before` now holds `now`. False: it should not have grown.
  [[nodiscard]] bool changes(std::size_t before, std::size_t now) {
    const std::size_t sum = bytes_.fetch_add(now - before, std::memory_order_relaxed) + (now - before);
    return now <= before || now <= ServerOptions::small_bytes || sum <= bytes_max_;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  const std::size_t bytes_max_;
  std::atomic<std::size_t> bytes_{0};
};

// A few lines a second; of the rest it says how many there were.
class DropLog {
 public:
  explicit DropLog(const std::function<void(std::string)>& log) : log_(log) {}
  void line(std::string_view text);

 private:
  static constexpr unsigned lines_per_s_max = 5;

  const std::function<void(std::string)>& log_;
  std::mutex mutex_;  // guards what follows, and calls of log_
  std::uint64_t second_ = 0;
  unsigned lines_ = 0;
  std::uint64_t silenced_ = 0;
};

struct ServerCore {
  ServerCore(const ServerOptions& from, Service& to)
      : options(from),
        service(to),
        partial(from.partial_bytes_max_total),
        unsent(from.unsent_bytes_max_total),
        drops(options.log) {}

  const ServerOptions options;
  Service& service;
  MemoryBudget partial;
  MemoryBudget unsent;
  DropLog drops;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
};

// Written by one thread, read by any.
class Count {
 public:
  void add(std::uint64_t n) { value_.store(get() + n, std::memory_order_relaxed); }
  void subtract(std::uint64_t n) { value_.store(get() - n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct IoFigures {
  Count dropped;
  Count calls;
  Count calls_in_flight;
  Count pauses;
  Count bytes_in;
  Count bytes_out;
};

}  // namespace vow::rpc
