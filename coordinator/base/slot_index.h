// Finds what stands in numbered slots by the hash of its key. It holds no keys: whoever owns the slots
// compares.
//
// An entry is eight bytes, part of the hash beside the slot, in tables with open addressing: most searches
// touch one cache line, and what is not there is not looked for elsewhere. And it never stops to grow: it is
// many small tables, and each grows by itself, in microseconds.
//
// What holds: between where a slot's hash would have it and where it stands, no entry is empty.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "coordinator/base/check.h"

namespace vow {

class SlotIndex {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot no_slot = ~Slot{0};

  // The first slot with this hash of which `is` says yes; no_slot if there is none.
  template <class Is>
  [[nodiscard]] Slot find(std::size_t hash, Is is) const {
    const Table& table = tables_[table_of(hash)];
    if (table.entries.empty()) return no_slot;
    const auto tag = static_cast<std::uint32_t>(hash);
    for (std::size_t at = tag & table.mask();; at = (at + 1) & table.mask()) {
      const Entry& entry = table.entries[at];
      if (entry.slot == no_slot) return no_slot;
      if (entry.tag == tag && is(entry.slot)) return entry.slot;
    }
  }
  // There may be others with the same hash.
  void insert(std::size_t hash, Slot slot) {
    VOW_CHECK(slot != no_slot, "there are no more than {} slots", no_slot);
    Table& table = tables_[table_of(hash)];
    if ((table.size + 1) * 4 > table.entries.size() * 3) table.grow();
    table.place({static_cast<std::uint32_t>(hash), slot});
    ++size_;
  }
  // It must be there.
  void erase(std::size_t hash, Slot slot) {
    Table& table = tables_[table_of(hash)];
    const auto tag = static_cast<std::uint32_t>(hash);
    VOW_CHECK(!table.entries.empty(), "slot {} is not in the index", slot);
    std::size_t at = tag & table.mask();
    while (table.entries[at].slot != slot) {
      VOW_CHECK(table.entries[at].slot != no_slot, "slot {} is not in the index", slot);
      at = (at + 1) & table.mask();
    }
    table.vacate(at);
    --size_;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Entry {
    std::uint32_t tag = 0;  // the lower half of the hash
    Slot slot = no_slot;
  };
  struct Table {
    std::vector<Entry> entries;  // a power of two of them, at least a quarter empty
    std::size_t size = 0;

    [[nodiscard]] std::size_t mask() const { return entries.size() - 1; }
    void place(const Entry& entry) {
      std::size_t at = entry.tag & mask();
      while (entries[at].slot != no_slot) at = (at + 1) & mask();
      entries[at] = entry;
      ++size;
    }
    // Those behind move up, as far as they belong.
    void vacate(std::size_t hole) {
      for (std::size_t at = (hole + 1) & mask(); entries[at].slot != no_slot; at = (at + 1) & mask()) {
        const std::size_t is_from_home = (at - entries[at].tag) & mask();
        const std::size_t is_from_hole = (at - hole) & mask();
        if (is_from_home < is_from_hole) continue;
        entries[hole] = entries[at];
        hole = at;
      }
      entries[hole] = {};
      --size;
    }
    void grow() {
      const auto old = std::exchange(entries, std::vector<Entry>(entries.empty() ? 4 : entries.size() * 2));
      size = 0;
      for (const Entry& entry : old) {
        if (entry.slot != no_slot) place(entry);
      }
    }
  };
  static constexpr std::size_t table_count = 1024;
  // Other bits than those that say where in the table.
  static std::size_t table_of(std::size_t hash) { return hash >> 40 & (table_count - 1); }

  std::array<Table, table_count> tables_;
  std::size_t size_ = 0;
};

}  // namespace vow
