// A list through records of an UndeliveredTable, in the order in which they came. It takes no memory but the
// links in the records, and a record leaves it from anywhere at once.
#pragma once

#include <cstddef>

#include "coordinator/dispatch/undelivered.h"

namespace vow::dispatch {

template <Links Undelivered::*links>
class SlotList {
 public:
  // no_slot if it is empty.
  [[nodiscard]] Slot front() const { return first_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] static Slot next(const UndeliveredTable& table, Slot slot) {
    return (table[slot].*links).next;
  }

  void push_back(UndeliveredTable& table, Slot slot) {
    table[slot].*links = {last_, no_slot};
    (last_ == no_slot ? first_ : (table[last_].*links).next) = slot;
    last_ = slot;
    ++size_;
  }
  // It must be in this list.
  void erase(UndeliveredTable& table, Slot slot) {
    const Links own = table[slot].*links;
    VOW_CHECK(own.prev != no_slot || first_ == slot, "slot {} is in another list", slot);
    (own.prev == no_slot ? first_ : (table[own.prev].*links).next) = own.next;
    (own.next == no_slot ? last_ : (table[own.next].*links).prev) = own.prev;
    --size_;
  }

 private:
  Slot first_ = no_slot;
  Slot last_ = no_slot;
  std::size_t size_ = 0;
};

using PlaceList = SlotList<&Undelivered::at_place>;
using AgeList = SlotList<&Undelivered::by_age>;

}  // namespace vow::dispatch
