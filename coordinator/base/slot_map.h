// A hash map whose values never move, and which never stops to grow (slot_index.h).
//
// A value that is erased is emptied by its clear(), and what memory it keeps serves the next one in its
// place.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "coordinator/base/slot_index.h"

namespace vow {

template <class Key, class Value>
class SlotMap {
 public:
  // Null if there is none.
  [[nodiscard]] Value* find(const Key& key) {
    const Slot slot = slot_of(key, std::hash<Key>{}(key));
    return slot == SlotIndex::no_slot ? nullptr : &record(slot).value;
  }
  [[nodiscard]] const Value* find(const Key& key) const { return const_cast<SlotMap*>(this)->find(key); }
  // Makes it if there is none.
  [[nodiscard]] Value& operator[](const Key& key) {
    const std::size_t hash = std::hash<Key>{}(key);
    Slot slot = slot_of(key, hash);
    if (slot == SlotIndex::no_slot) {
      slot = take_free();
      record(slot).key = key;
      record(slot).is_used = true;
      index_.insert(hash, slot);
    }
    return record(slot).value;
  }
  // `key` may be the very one that goes.
  bool erase(const Key& key) {
    const std::size_t hash = std::hash<Key>{}(key);
    const Slot slot = slot_of(key, hash);
    if (slot == SlotIndex::no_slot) return false;
    index_.erase(hash, slot);
    record(slot).value.clear();
    record(slot).is_used = false;
    free_.push_back(slot);
    return true;
  }
  [[nodiscard]] std::size_t size() const { return index_.size(); }

  // (Key, Value), in no particular order.
  template <class Each>
  void for_each(Each each) const {
    for (std::size_t part = 0; part < parts(); ++part) for_each_in(part, each);
  }
  // One of its parts; for walking the whole a little at a time.
  [[nodiscard]] std::size_t parts() const { return pages_.size(); }
  template <class Each>
  void for_each_in(std::size_t part, Each each) const {
    for (std::size_t i = 0; i < page_records; ++i) {
      const Record& one = pages_[part][i];
      if (one.is_used) each(one.key, one.value);
    }
  }

 private:
  using Slot = SlotIndex::Slot;
  static constexpr std::size_t page_records = 256;
  struct Record {
    Key key;
    bool is_used = false;
    Value value;
  };

  [[nodiscard]] Record& record(Slot slot) { return pages_[slot / page_records][slot % page_records]; }
  [[nodiscard]] Slot slot_of(const Key& key, std::size_t hash) {
    return index_.find(hash, [&](Slot slot) { return record(slot).key == key; });
  }
  [[nodiscard]] Slot take_free() {
    if (free_.empty()) {
      const auto first = static_cast<Slot>(pages_.size() * page_records);
      pages_.push_back(std::make_unique<Record[]>(page_records));
      for (std::size_t i = page_records; i-- > 0;) free_.push_back(first + static_cast<Slot>(i));
    }
    const Slot slot = free_.back();
    free_.pop_back();
    return slot;
  }

  SlotIndex index_;
  std::vector<std::unique_ptr<Record[]>> pages_;
  std::vector<Slot> free_;
};

}  // namespace vow
