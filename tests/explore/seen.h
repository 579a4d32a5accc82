// The worlds that were seen, by a hash of 128 bits: with a thousand million of them, two would be taken for
// one with a probability of about 10^-21.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "coordinator/base/checksum.h"

namespace vow::explore {

class Seen {
 public:
  Seen() : places_(1u << 16) {}

  // True if it is new.
  bool insert(std::string_view bytes) {
    Hash hash{checksum(bytes), checksum(bytes, 0x9e3779b97f4a7c15)};
    if (hash == Hash()) hash.high = 1;
    if ((size_ + 1) * 4 > places_.size() * 3) grow();
    const bool is_new = put(places_, hash);
    size_ += is_new ? 1 : 0;
    return is_new;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  struct Hash {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool operator==(const Hash&) const = default;
  };
  static bool put(std::vector<Hash>& places, const Hash& hash) {
    std::size_t at = hash.low & (places.size() - 1);
    while (places[at] != Hash()) {
      if (places[at] == hash) return false;
      at = (at + 1) & (places.size() - 1);
    }
    places[at] = hash;
    return true;
  }
  void grow() {
    std::vector<Hash> larger(places_.size() * 2);
    for (const Hash& hash : places_) {
      if (hash != Hash()) put(larger, hash);
    }
    places_ = std::move(larger);
  }

  std::vector<Hash> places_;  // a power of two of them; zero is a free one
  std::uint64_t size_ = 0;
};

}  // namespace vow::explore
