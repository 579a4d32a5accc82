// What this machine can do of what a coordinator needs, measured in seconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/base/endpoint.h"
#include "coordinator/base/result.h"

namespace vow::cli {

struct Latency {
  std::uint64_t count = 0;
  double p50_us = 0;
  double p99_us = 0;
  double per_s = 0;  // one after another
};

// Of durations in microseconds, in any order; there is at least one.
[[nodiscard]] Latency latency_of(std::vector<double> microseconds);

// 4 KiB written and synced, again and again, in a file that is removed. The error says why it cannot be done.
[[nodiscard]] Result<Latency, std::string> measure_sync(const std::string& directory,
                                                        std::chrono::milliseconds length);
// A small message to another thread and back, by TCP over loopback.
[[nodiscard]] Result<Latency, std::string> measure_loopback(std::chrono::milliseconds length);
// GET /livez, by one connection.
[[nodiscard]] Result<Latency, std::string> measure_node(const Endpoint& at, std::chrono::milliseconds length);

struct Machine {
  unsigned cores = 0;
  std::string clock_source;  // the kernel's; empty if it does not say
  bool clock_is_synchronized = false;
  bool disk_is_memory = false;
};
[[nodiscard]] Machine look_at_machine(const std::string& directory);

struct Measured {
  Machine machine;
  Latency sync;
  Latency loopback;
  std::optional<Latency> node;
};
// What to expect, and what limits it.
[[nodiscard]] std::vector<std::string> expectations(const Measured& measured);
// What should be seen to; empty if nothing.
[[nodiscard]] std::vector<std::string> warnings(const Measured& measured);

}  // namespace vow::cli
