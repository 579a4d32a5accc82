// What must happen now and then for a run to mean anything. A simulator whose faults have gone blind finds
// nothing and says that all is well; so each rare event has a name here, and a run of enough seeds in which
// one of them never happened has failed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vow::sim {

enum class Rare : std::uint8_t {
#define VOW_RARE(name, words) name,
#include "tests/sim/sometimes.def"
#undef VOW_RARE
};

inline constexpr const char* rare_words[] = {
#define VOW_RARE(name, words) words,
#include "tests/sim/sometimes.def"
#undef VOW_RARE
};
inline constexpr std::size_t rare_count = sizeof rare_words / sizeof rare_words[0];

class Sometimes {
 public:
  using Counts = std::array<std::uint64_t, rare_count>;

  void happened(Rare rare) { ++counts_[static_cast<std::size_t>(rare)]; }
  void add(const Counts& counts) {
    for (std::size_t i = 0; i < rare_count; ++i) counts_[i] += counts[i];
  }
  [[nodiscard]] const Counts& counts() const { return counts_; }
  [[nodiscard]] std::uint64_t count(Rare rare) const { return counts_[static_cast<std::size_t>(rare)]; }
  // In words.
  [[nodiscard]] std::vector<std::string> never_happened() const {
    std::vector<std::string> words;
    for (std::size_t i = 0; i < rare_count; ++i)
      if (counts_[i] == 0) words.emplace_back(rare_words[i]);
    return words;
  }

 private:
  Counts counts_{};
};

}  // namespace vow::sim
