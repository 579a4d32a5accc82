// Calls that this process serves or has served: a request that comes again is answered from what the first
// one left.
//
//           first request                done                       ten minutes later
//   (none) ──────────────▶ running ──────────────▶ done ────────────────────────────▶ (none)
//                             │ it threw
//                             └──────▶ (none): the next request runs it anew
//
// A request that comes while the first one runs waits for it. What another process has served is found by the
// database's own record of it, not here.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "participant-sdk/core/context.h"

namespace vow::sdk {

class ServedCalls {
 public:
  struct Served {
    std::string branches;  // for the answer
    bool repeated = false;
  };
  // Runs `run` unless the same call has been served, or is being served just now.
  [[nodiscard]] Served once(const Context& call, const std::function<std::string()>& run);

 private:
  using Key = std::pair<std::string, Path>;
  using Instant = std::chrono::steady_clock::time_point;
  struct Call {
    bool running = true;
    std::string branches;
  };
  void forget_old(Instant now);

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<Key, Call> calls_;
  std::deque<std::pair<Instant, Key>> done_;  // the oldest first
};

}  // namespace vow::sdk
