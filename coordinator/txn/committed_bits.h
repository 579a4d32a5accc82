// What remains of a decision when its record is dropped: one bit, "committed".
//
// For each session a bitmap of its committed sequence numbers, in chunks. A chunk goes as a whole once all
// its deadlines are older than the horizon (decisions.h).
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>

#include "coordinator/base/pages.h"
#include "coordinator/txn/xid.h"

namespace vow::txn {

class CommittedBits {
 public:
  static constexpr std::uint32_t chunk_bits = 1024;
  struct Chunk {
    std::uint32_t incarnation = 0;
    std::uint32_t term = 0;
    std::uint32_t session = 0;
    std::uint32_t nth = 0;               // holds sequence numbers from nth * chunk_bits
    std::uint64_t last_deadline_ms = 0;  // of all that have a bit here
    std::array<std::uint64_t, chunk_bits / 64> bits{};
  };

  void set(const Xid& xid);
  [[nodiscard]] bool has(const Xid& xid) const;
  // Drops the chunks that hold nothing younger.
  void drop_before(std::uint64_t horizon_ms);

  [[nodiscard]] std::size_t bytes() const { return chunks_.size() * sizeof(Chunk); }
  // The deadline before which the older half of the chunks lies; where the horizon goes when they are too
  // many.
  [[nodiscard]] std::uint64_t median_deadline_ms() const;
  // Does not depend on the order in which bits were set.
  [[nodiscard]] std::uint64_t digest() const;

  [[nodiscard]] Pages<Chunk>::Frozen freeze() { return chunks_.freeze(); }
  // A chunk from a snapshot.
  void restore(const Chunk& chunk);

 private:
  struct Key {
    std::uint64_t generation = 0;  // incarnation and term
    std::uint64_t place = 0;       // session and chunk
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept {
      return (key.generation * 0x9e3779b97f4a7c15ull ^ key.place) * 0xbf58476d1ce4e5b9ull >> 7;
    }
  };
  static Key key_of(const Xid& xid);

  Pages<Chunk> chunks_;
  std::unordered_map<Key, Pages<Chunk>::Slot, KeyHash> index_;
};

}  // namespace vow::txn
