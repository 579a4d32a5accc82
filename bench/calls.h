// Clients that call as fast as they are answered, and count. Every benchmark makes its calls with these, so
// that what it compares differs in the call alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "bench/measure.h"
#include "coordinator/rpc/channel.h"
#include "coordinator/rpc/client.h"

namespace vow::bench {

inline constexpr std::chrono::milliseconds call_timeout{30'000};

// What several threads count, each in a cache line of its own.
class Count {
 public:
  explicit Count(std::size_t threads) : counters_(threads) {}
  // On the thread of that number alone.
  void add_one(std::size_t thread) {
    std::atomic<std::uint64_t>& value = counters_[thread].value;
    value.store(value.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t sum() const {
    std::uint64_t sum = 0;
    for (const Counter& counter : counters_) sum += counter.value.load(std::memory_order_relaxed);
    return sum;
  }

 private:
  struct alignas(64) Counter {
    std::atomic<std::uint64_t> value{0};
  };
  std::vector<Counter> counters_;
};

// A few connections with many calls on their way in each, none batched: each answer makes the next call.
class PipelinedCalls {
 public:
  struct Lane;
  // Makes one call, and tells the lane when it is answered.
  using StartCall = std::function<void(Lane&)>;
  PipelinedCalls(std::uint16_t port, std::size_t connections, std::size_t in_flight, StartCall start_call);
  ~PipelinedCalls();
  // Calls that ask for nothing.
  static StartCall ping();
  [[nodiscard]] Load load();

 private:
  const std::size_t in_flight_;
  const StartCall start_call_;
  Count done_;
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Lane>> lanes_;
};

struct PipelinedCalls::Lane {
  Lane(PipelinedCalls& calls_, std::size_t number_, std::uint16_t port)
      : calls(calls_), number(number_), channel(reactor, {.port = port}), client(channel) {}
  void answered(bool ok);

  PipelinedCalls& calls;
  const std::size_t number;
  rpc::Reactor reactor;
  rpc::Channel channel;
  rpc::Client client;
  std::atomic<std::size_t> left{0};
};

// Threads that each repeat one thing.
class Synchronous {
 public:
  explicit Synchronous(std::vector<std::function<void()>> repeated)
      : repeated_(std::move(repeated)), done_(repeated_.size()) {}
  [[nodiscard]] Load load();

 private:
  const std::vector<std::function<void()>> repeated_;
  Count done_;
  std::atomic<bool> stopping_{false};
  std::vector<std::thread> threads_;
};

}  // namespace vow::bench
