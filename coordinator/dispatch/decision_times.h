// How long decisions take, from being proposed to being on record.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace vow::dispatch {

class DecisionTimes {
 public:
  void took(std::uint64_t ms) {
    const auto bound = std::lower_bound(bounds_ms.begin(), bounds_ms.end(), ms);
    ++counts_[static_cast<std::size_t>(bound - bounds_ms.begin())];
    sum_ms_ += ms;
  }

  [[nodiscard]] double sum_seconds() const { return static_cast<double>(sum_ms_) / 1000.0; }
  // How many took at most so many seconds; the last bound is infinite.
  [[nodiscard]] std::vector<std::pair<double, std::uint64_t>> buckets() const {
    std::vector<std::pair<double, std::uint64_t>> all;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      count += counts_[i];
      const bool is_last = i == bounds_ms.size();
      all.emplace_back(
          is_last ? std::numeric_limits<double>::infinity() : static_cast<double>(bounds_ms[i]) / 1000.0,
          count);
    }
    return all;
  }

 private:
  static constexpr std::array<std::uint64_t, 12> bounds_ms{1,   2,   5,   10,   25,   50,
                                                           100, 250, 500, 1000, 2500, 5000};
  std::array<std::uint64_t, bounds_ms.size() + 1> counts_{};
  std::uint64_t sum_ms_ = 0;
};

}  // namespace vow::dispatch
