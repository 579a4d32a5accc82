// Records that back off, by the moment at which they are due. Adding one, taking one out and the passing of
// time while nothing is due cost the same however many there are.
//
// A step of the wheel holds what is due within it. Steps come round again, so those that are looked at may
// hold records of a later round, which stay.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "coordinator/dispatch/slot_list.h"

namespace vow::dispatch {

class BackoffWheel {
 public:
  static constexpr std::uint64_t step_ms = 16;

  // Records are added for at most this long: one round.
  explicit BackoffWheel(std::uint64_t longest_ms) : steps_(longest_ms / step_ms + 2) {}

  // Due at its when_ms, or up to a step later.
  void add(UndeliveredTable& table, Slot slot) {
    step_of(table[slot].when_ms).push_back(table, slot);
    ++size_;
  }
  void erase(UndeliveredTable& table, Slot slot) {
    step_of(table[slot].when_ms).erase(table, slot);
    --size_;
  }
  // Takes out all that is due, and hands each to `due`, which may add others.
  template <class Due>
  void advance(UndeliveredTable& table, std::uint64_t now_ms, Due due) {
    const std::uint64_t until = now_ms / step_ms;
    if (until <= passed_) return;
    // After a long pause each step is looked at once.
    std::uint64_t at = std::max(passed_ + 1, until >= steps_.size() ? until - steps_.size() + 1 : 0);
    for (passed_ = until; at <= until; ++at) {
      PlaceList& step = steps_[at % steps_.size()];
      for (Slot slot = step.front(); slot != no_slot;) {
        const Slot next = PlaceList::next(table, slot);
        if (table[slot].when_ms <= now_ms) {
          erase(table, slot);
          due(slot);
        }
        slot = next;
      }
    }
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  [[nodiscard]] PlaceList& step_of(std::uint64_t when_ms) {
    return steps_[(when_ms + step_ms - 1) / step_ms % steps_.size()];
  }

  std::vector<PlaceList> steps_;
  std::uint64_t passed_ = 0;  // the last step that was looked at
  std::size_t size_ = 0;
};

}  // namespace vow::dispatch
