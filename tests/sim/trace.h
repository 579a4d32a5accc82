// What happened, one line for each event. The hash over all lines is the run's fingerprint: the same seed
// must give the same one. The lines themselves are kept by nobody unless somebody wants to read them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "coordinator/base/checksum.h"
#include "tests/sim/event_queue.h"

namespace vow::sim {

class Trace {
 public:
  // `out`: where the lines go; null if nobody reads them.
  Trace(const EventQueue& clock, std::FILE* out) : clock_(clock), out_(out) {}

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    buffer_.clear();
    fmt::format_to(std::back_inserter(buffer_), "{:>4}.{:06} ", clock_.now() / second, clock_.now() % second);
    fmt::format_to(std::back_inserter(buffer_), format, std::forward<Args>(args)...);
    buffer_.push_back('\n');
    hash_ = checksum({buffer_.data(), buffer_.size()}, hash_);
    ++lines_;
    if (out_ != nullptr) std::fwrite(buffer_.data(), 1, buffer_.size(), out_);
  }

  [[nodiscard]] std::uint64_t hash() const { return hash_; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  const EventQueue& clock_;
  std::FILE* out_;
  fmt::memory_buffer buffer_;
  std::uint64_t hash_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace vow::sim
