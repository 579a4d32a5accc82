// A list of plain values of which there are few, usually: up to `in_place` of them need no memory of their
// own.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace vow {

template <class Value, std::size_t in_place>
class Few {
  static_assert(std::is_trivially_copyable_v<Value>, "values are copied as they move");

 public:
  using value_type = Value;
  using const_iterator = const Value*;

  Few() = default;
  Few(const Few& other) { *this = other; }
  Few(Few&& other) noexcept { *this = std::move(other); }
  Few& operator=(const Few& other) {
    if (this == &other) return *this;
    clear();
    reserve(other.size_);
    std::copy(other.begin(), other.end(), data());
    size_ = other.size_;
    return *this;
  }
  Few& operator=(Few&& other) noexcept {
    here_ = other.here_;
    elsewhere_ = std::move(other.elsewhere_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, in_place);
    return *this;
  }
  ~Few() = default;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] const Value& operator[](std::size_t nth) const { return data()[nth]; }
  [[nodiscard]] Value* begin() { return data(); }
  [[nodiscard]] Value* end() { return data() + size_; }
  [[nodiscard]] const Value* begin() const { return data(); }
  [[nodiscard]] const Value* end() const { return data() + size_; }

  void push_back(const Value& value) {
    const Value kept = value;  // it may be one of ours
    if (size_ == capacity_) reserve(std::size_t{capacity_} * 2);
    data()[size_++] = kept;
  }
  void reserve(std::size_t count) {
    if (count <= capacity_) return;
    auto more = std::make_unique<Value[]>(count);
    std::copy(begin(), end(), more.get());
    elsewhere_ = std::move(more);
    capacity_ = static_cast<std::uint32_t>(count);
  }
  // Keeps its memory.
  void clear() { size_ = 0; }

 private:
  [[nodiscard]] Value* data() { return elsewhere_ ? elsewhere_.get() : here_.data(); }
  [[nodiscard]] const Value* data() const { return elsewhere_ ? elsewhere_.get() : here_.data(); }

  std::array<Value, in_place> here_{};
  std::unique_ptr<Value[]> elsewhere_;  // if there were ever more than fit here
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = in_place;
};

}  // namespace vow
