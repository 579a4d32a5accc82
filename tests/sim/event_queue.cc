#include "tests/sim/event_queue.h"

#include <algorithm>
#include <utility>

#include "coordinator/base/check.h"

namespace vow::sim {

bool EventQueue::later(const Event& a, const Event& b) {
  return a.when != b.when ? a.when > b.when : a.sequence > b.sequence;
}

void EventQueue::at(Time when, Action action) {
  VOW_CHECK(when >= now_, "an event at {} was asked for at {}", when, now_);
  heap_.push_back({when, next_sequence_++, std::move(action)});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

bool EventQueue::run_next() {
  if (heap_.empty()) return false;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  Event event = std::move(heap_.back());
  heap_.pop_back();
  now_ = event.when;
  ++executed_;
  event.action();
  return true;
}

void EventQueue::run_until(Time when) {
  while (!heap_.empty() && heap_.front().when <= when) run_next();
  now_ = std::max(now_, when);
}

}  // namespace vow::sim
