// Calls that this process serves or has served: a request that comes again is answered from what the first
// one left.
//
//           first request                done                       ten minutes later
//   (none) ──────────────▶ running ──────────────▶ done ────────────────────────────▶ (none)
//                             │ it threw
//                             └──────▶ (none): the next request runs it anew
//
// A request that comes while the first one runs waits for it. What another process has served is found by the
// database's own record of it, not here. So is what had to be forgotten early, since too much is kept.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "participant-sdk/core/context.h"

namespace vow::sdk {

class ServedCalls {
 public:
  struct Answer {
    std::string branches;
    std::string body;
  };
  struct Served {
    std::string branches;
    std::optional<std::string> body;  // none: the first one's was longer than body_max, and is not kept
    bool repeated = false;
  };
  // Runs `run` unless the same call has been served, or is being served just now.
  [[nodiscard]] Served once(const Context& call, const std::function<Answer()>& run);

  static constexpr std::size_t body_max = 64 << 10;

 private:
  using Key = std::pair<std::string, Path>;
  using Instant = std::chrono::steady_clock::time_point;
  struct Call {
    bool running = true;
    std::string branches;
    std::optional<std::string> body;
  };
  void keep(const Key& key, const Answer& answer);
  void forget_old(Instant now);

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<Key, Call> calls_;
  std::deque<std::pair<Instant, Key>> done_;  // the oldest first
  std::size_t body_bytes_ = 0;                // of all that are kept
};

}  // namespace vow::sdk
