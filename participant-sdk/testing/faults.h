// What a test has planned to go wrong, until it does.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "participant-sdk/core/probe.h"

#include "vow/testing.h"

namespace vow::testing {

// A client dies there.
struct Crash {
  step at;
  sdk::Edge edge;
};

// What becomes of a request: it is lost, or its answer is, or it arrives later.
struct Passage {
  enum class How : std::uint8_t { lost, answer_lost, late };
  How how = How::lost;
  std::chrono::milliseconds late_by{0};
};
struct Disturbance {
  request what;
  Passage passage;
};

// Thread-safe. Each fault strikes once.
class Faults {
 public:
  void plan(std::variant<Crash, Disturbance> what, const where& which);
  [[nodiscard]] std::size_t left() const;

  // Whether the process dies at this edge.
  [[nodiscard]] bool strikes(const std::string& process, step at, sdk::Edge edge,
                             const std::string& resource);
  // What becomes of this request; none: it goes as ever.
  [[nodiscard]] std::optional<Passage> strikes(const std::string& process, request what);

 private:
  struct Planned {
    std::variant<Crash, Disturbance> what;
    where which;
  };
  // Of those for which `fits`: counts, and takes the one whose turn it is.
  template <class Fits>
  std::optional<Planned> take(const std::string& process, const std::string& resource, Fits fits);

  mutable std::mutex mutex_;  // guards what follows
  std::vector<Planned> planned_;
};

}  // namespace vow::testing
