// Initiators and participants without databases: they vote, commit and confirm as fast as they are answered.
//
// A transaction is its branches' votes, all at once, and then its commit: each a call of its own. What
// participants are told to do comes by long polls, and what they have done goes back in the same batches.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bench/calls.h"
#include "bench/measure.h"
#include "coordinator/rpc/channel.h"
#include "coordinator/rpc/client.h"
#include "coordinator/txn/xid.h"

namespace vow::bench {

struct Shape {
  std::size_t branches = 2;
  std::uint32_t abort_percent = 0;    // of transactions that are rolled back instead
  std::int32_t wait_finished_ms = 0;  // 0: commit is answered at the decision
  std::int32_t timeout_s = 10;
  std::size_t first_resource = 0;  // branch n is of resource "r<first_resource + n>"
};

// A process that serves resources: "r0" to "r<branches - 1>".
class Participant {
 public:
  Participant(std::uint16_t port, std::size_t branches);
  // Waits until what was polled is reported.
  ~Participant();
  [[nodiscard]] std::int64_t session() const { return opened_.session; }
  [[nodiscard]] std::uint64_t confirmed() const { return confirmed_.load(std::memory_order_relaxed); }

 private:
  void poll();
  void report(const wire::Polled& polled);

  rpc::Reactor reactor_;
  rpc::Channel channel_;
  rpc::Client client_;
  wire::SessionOpened opened_;
  std::atomic<std::uint64_t> confirmed_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> idle_{false};
};

// Xids of one session.
class Minter {
 public:
  explicit Minter(wire::SessionOpened opened);
  [[nodiscard]] std::string next(std::int32_t timeout_s);
  [[nodiscard]] const wire::SessionOpened& opened() const { return opened_; }

 private:
  wire::SessionOpened opened_;
  std::chrono::steady_clock::time_point opened_at_;
  std::uint32_t sequence_ = 0;
};

// How long things took, in microseconds.
class Latencies {
 public:
  void add(double us) { all_.push_back(static_cast<float>(us)); }
  void merge(const Latencies& other) { all_.insert(all_.end(), other.all_.begin(), other.all_.end()); }
  // `share` 0.99: what 99 of 100 did not exceed.
  [[nodiscard]] double quantile(double share);
  [[nodiscard]] std::size_t size() const { return all_.size(); }

 private:
  std::vector<float> all_;
};

struct Ended {
  std::uint64_t committed = 0;
  std::uint64_t rolled_back = 0;
  [[nodiscard]] std::uint64_t all() const { return committed + rolled_back; }
};

// Many transactions at once in each of a few connections.
class PipelinedCommits {
 public:
  PipelinedCommits(std::uint16_t port, const Shape& shape, std::size_t connections, std::size_t in_flight,
                   std::int64_t voter);
  ~PipelinedCommits();

  void start();
  // Returns when no transaction is on its way any more.
  void stop();
  [[nodiscard]] Ended ended() const;
  [[nodiscard]] Load load();
  // One each `interval` in all, whatever came of those before, for so long; timed from when each was due.
  [[nodiscard]] Latencies at_rate(double per_second, std::chrono::milliseconds length);

 private:
  struct Lane;
  struct Flight;
  void begin(Lane& lane, std::chrono::steady_clock::time_point due);
  void voted(Lane& lane, const std::shared_ptr<Flight>& flight);
  void end(Lane& lane, const Flight& flight, const wire::Answer& answer);

  const Shape shape_;
  const std::size_t in_flight_;
  const std::int64_t voter_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> closed_loop_{false};
  std::vector<std::unique_ptr<Lane>> lanes_;
};

// One transaction, call after call. For one thread.
class SynchronousCommit {
 public:
  SynchronousCommit(std::uint16_t port, const Shape& shape, std::int64_t voter);
  ~SynchronousCommit();
  void ping();
  // Returns how long its commit took, in microseconds.
  double commit();

 private:
  struct Parts;
  const Shape shape_;
  const std::int64_t voter_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace vow::bench
