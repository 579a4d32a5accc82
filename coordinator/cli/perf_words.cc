// What measured figures mean for a coordinator.
#include <fmt/format.h>

#include "coordinator/cli/perf.h"

namespace vow::cli {
namespace {

// No disk that keeps what it acknowledged is as fast.
constexpr double sync_us_believable = 15;
// The default election time-out, at its least.
constexpr double election_us = 500'000;

std::string time(double us) {
  return us < 1000 ? fmt::format("{:.0f} us", us) : fmt::format("{:.1f} ms", us / 1000);
}

std::string limit_of(const Measured& measured) {
  if (measured.sync.p50_us > 5 * measured.loopback.p50_us)
    return "The disk limits: a faster one, or one with a cache that survives power loss, helps most.";
  return "The disk is fast: processors and the network limit.";
}

}  // namespace

std::vector<std::string> expectations(const Measured& measured) {
  // A client's message, one sync, the answer. In a cluster the followers' syncs overlap with the leader's,
  // and what is added is a round trip between nodes.
  const double alone_us = 1e6 / measured.sync.per_s + 1e6 / measured.loopback.per_s;
  std::vector<std::string> lines{
      fmt::format(
          "A decision is acknowledged after about {}, {} in one of a hundred; a cluster adds one round trip "
          "between its nodes.",
          time(alone_us), time(measured.sync.p99_us + measured.loopback.p99_us)),
      fmt::format("One client that waits for each commit decides about {:.0f} transactions a second.",
                  1e6 / alone_us),
      fmt::format("Decisions of one moment share a sync: n clients decide up to n times as many, 100 about "
                  "{:.0f}, until "
                  "the processors ({}) are busy; where that is, was not measured here.",
                  100 * 1e6 / alone_us, measured.machine.cores),
      limit_of(measured)};
  if (measured.node) {
    lines.push_back(
        fmt::format("A call to the node that was asked takes {} from here before it does any work.",
                    time(measured.node->p50_us)));
  }
  return lines;
}

std::vector<std::string> warnings(const Measured& measured) {
  std::vector<std::string> found;
  if (measured.machine.disk_is_memory)
    found.emplace_back("The directory lies in memory (tmpfs): every commit is lost with the power.");
  else if (measured.sync.p50_us < sync_us_believable)
    found.push_back(
        fmt::format("A sync takes {}: faster than a disk can keep anything. What acknowledges it may lose "
                    "commits when the power fails.",
                    time(measured.sync.p50_us)));
  if (measured.sync.p99_us > election_us)
    found.push_back(
        fmt::format("One sync in a hundred takes {}, longer than followers wait for a leader: raise "
                    "raft.election_ticks, or use another disk.",
                    time(measured.sync.p99_us)));
  if (measured.machine.cores < 2)
    found.emplace_back("There is one processor only: the loop, the disk and the network share it.");
  if (!measured.machine.clock_is_synchronized) {
    found.emplace_back(
        "The kernel does not say that the clock is synchronized (NTP). Deadlines are judged by it, and a "
        "leader that "
        "finds itself 5 s off hands over.");
  }
  return found;
}

}  // namespace vow::cli
