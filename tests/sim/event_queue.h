// Virtual time, and what is to happen in it. Events of one moment happen in the order in which they were
// asked for, so that a run depends on its seed alone.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace vow::sim {

// Virtual microseconds.
using Time = std::uint64_t;
inline constexpr Time microsecond = 1;
inline constexpr Time millisecond = 1000 * microsecond;
inline constexpr Time second = 1000 * millisecond;

class EventQueue {
 public:
  using Action = std::function<void()>;

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] std::uint64_t executed() const { return executed_; }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }

  void at(Time when, Action action);
  void after(Time delay, Action action) { at(now_ + delay, std::move(action)); }
  // Carries out the next event; false if there is none.
  bool run_next();
  // Carries out all events up to and including this moment, which it then is.
  void run_until(Time when);

 private:
  struct Event {
    Time when;
    std::uint64_t sequence;
    Action action;
  };
  static bool later(const Event& a, const Event& b);

  Time now_ = 0;
  std::uint64_t next_sequence_ = 0;
  std::uint64_t executed_ = 0;
  std::vector<Event> heap_;  // the earliest in front
};

}  // namespace vow::sim
