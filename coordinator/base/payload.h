// Immutable bytes with shared ownership: the same entry waits in the log, in appends to several followers and
// in a disk write at once, and is never copied.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace vow {

class Payload {
 public:
  Payload() = default;
  explicit Payload(std::string bytes)
      : bytes_(bytes.empty() ? nullptr : std::make_shared<const std::string>(std::move(bytes))) {}

  [[nodiscard]] std::string_view view() const {
    return bytes_ ? std::string_view(*bytes_) : std::string_view();
  }
  [[nodiscard]] std::size_t size() const { return bytes_ ? bytes_->size() : 0; }
  bool operator==(const Payload& other) const { return bytes_ == other.bytes_ || view() == other.view(); }

 private:
  std::shared_ptr<const std::string> bytes_;
};

}  // namespace vow
