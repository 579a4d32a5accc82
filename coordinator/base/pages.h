// Many small records in pages, of which a frozen view can be taken at once, however many there are.
//
// freeze() takes no copy of a record: it shares the pages. Whoever then changes a record copies its page
// first, once for each page and freeze. So a snapshot costs the loop one pointer for each page when it
// begins, and a page now and then while it is written.
//
// A view may be read on another thread. Pages themselves belong to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "coordinator/base/check.h"

namespace vow {

template <class Record, std::size_t page_records = 128>
class Pages {
  struct Page {
    std::array<std::optional<Record>, page_records> records;
  };

 public:
  using Slot = std::uint32_t;

  // The records as they were when freeze() was called.
  class Frozen {
   public:
    [[nodiscard]] std::size_t slots() const { return pages_.size() * page_records; }
    // Null if nothing stands there.
    [[nodiscard]] const Record* at(std::size_t slot) const {
      const auto& record = pages_[slot / page_records]->records[slot % page_records];
      return record ? &*record : nullptr;
    }

   private:
    friend class Pages;
    std::vector<std::shared_ptr<const Page>> pages_;
  };

  Slot insert(Record record) {
    if (free_.empty()) add_page();
    const Slot slot = free_.back();
    free_.pop_back();
    own(slot).emplace(std::move(record));
    ++size_;
    return slot;
  }
  void erase(Slot slot) {
    VOW_CHECK(at(slot) != nullptr, "nothing stands in slot {}", slot);
    own(slot).reset();
    free_.push_back(slot);
    --size_;
  }
  // Null if nothing stands there.
  [[nodiscard]] const Record* at(std::size_t slot) const {
    if (slot / page_records >= pages_.size()) return nullptr;
    const auto& record = pages_[slot / page_records].page->records[slot % page_records];
    return record ? &*record : nullptr;
  }
  // For changing it.
  [[nodiscard]] Record& edit(Slot slot) {
    VOW_CHECK(at(slot) != nullptr, "nothing stands in slot {}", slot);
    return *own(slot);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  // Every record stands in a slot below this.
  [[nodiscard]] std::size_t slots() const { return pages_.size() * page_records; }

  [[nodiscard]] Frozen freeze() {
    ++freezes_;
    Frozen frozen;
    frozen.pages_.reserve(pages_.size());
    for (const Held& held : pages_) frozen.pages_.push_back(held.page);
    return frozen;
  }

 private:
  struct Held {
    std::shared_ptr<Page> page;
    std::uint64_t since_freeze = 0;  // no view older or as old as this shares it
  };

  void add_page() {
    const auto first = static_cast<Slot>(slots());
    pages_.push_back({std::make_shared<Page>(), freezes_});
    for (std::size_t i = page_records; i-- > 0;) free_.push_back(first + static_cast<Slot>(i));
  }
  std::optional<Record>& own(Slot slot) {
    Held& held = pages_[slot / page_records];
    if (held.since_freeze != freezes_) held = {std::make_shared<Page>(*held.page), freezes_};
    return held.page->records[slot % page_records];
  }

  std::vector<Held> pages_;
  std::vector<Slot> free_;
  std::size_t size_ = 0;
  std::uint64_t freezes_ = 0;
};

}  // namespace vow
