// libevent's handles, owned.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include <event2/event.h>

namespace vow::rpc {

// A loop of events that one thread runs. It takes no locks: other threads wake it by a Wake.
class EventBase {
 public:
  EventBase();
  [[nodiscard]] event_base* get() const { return base_.get(); }
  // Waits for events and handles those that are there.
  void turn();

 private:
  struct Free {
    void operator()(event_base* base) const { event_base_free(base); }
  };
  std::unique_ptr<event_base, Free> base_;
};

// Calls back on the loop's thread while it is enabled and its condition holds.
class Event {
 public:
  Event() = default;
  // `what`: EV_READ or EV_WRITE of a socket, EV_PERSIST with them; or a timer (socket -1).
  Event(const EventBase& base, int socket, short what, std::function<void()> action);
  void enable();
  void enable_after(std::uint64_t ms);
  void disable();
  [[nodiscard]] bool is_enabled() const { return enabled_; }
  [[nodiscard]] bool is_made() const { return event_ != nullptr; }

 private:
  struct Free {
    void operator()(event* event) const { event_free(event); }
  };
  std::unique_ptr<std::function<void()>> action_;
  std::unique_ptr<event, Free> event_;
  bool enabled_ = false;
};

// Wakes a loop from any thread.
class Wake {
 public:
  Wake(const EventBase& base, std::function<void()> action);
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  void wake() const;

 private:
  const int descriptor_;
  Event event_;
};

}  // namespace vow::rpc
