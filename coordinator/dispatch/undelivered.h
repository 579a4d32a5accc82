// What is to be delivered: one record for each branch that has yet to be told something and to confirm it.
//
// Records stand in pages and never move; a slot names one until it is erased. They are found by a hash index
// in many small shards, each of which grows by itself, so that no single call pays for millions. A record
// costs about 130 bytes all told; what a backlog took is kept for the next one.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/base/check.h"
#include "coordinator/txn/open_transactions.h"

namespace vow::dispatch {

using Slot = std::uint32_t;
inline constexpr Slot no_slot = ~Slot{0};

// A record's neighbours in a list (slot_list.h).
struct Links {
  Slot prev = no_slot;
  Slot next = no_slot;
};

// Where a record is, always in exactly one list (delivery.h shows how it moves).
enum class Place : std::uint8_t {
  waiting,      // in its resource's queue: nobody can take it now
  queued,       // in a session's queue
  in_flight,    // handed to a session, which has not reported yet
  backing_off,  // its last attempt failed; the next is at `when_ms`
};

struct Undelivered {
  txn::Xid xid;
  txn::Nonce nonce;
  std::uint64_t since_ms = 0;          // when it was instructed
  std::uint64_t when_ms = 0;           // queued, in flight: since when; backing off: until when
  std::unique_ptr<std::string> error;  // of the last attempt, if that failed
  txn::BranchName branch;
  txn::Action action = txn::Action::commit;
  Place place = Place::waiting;
  std::uint8_t failures = 0;  // attempts that failed, up to 255
  bool moved = false;         // was given to another instance at once, which is done once
  std::uint32_t voter = 0;    // the session that should have it; 0: any instance
  std::uint32_t holder = 0;   // the session that has it or had it last; 0: none that still lives
  std::uint32_t resource = 0;
  std::uint32_t attempts = 0;  // how often it was handed out
  Links at_place;
  Links by_age;
  Slot next_in_bucket = no_slot;

  [[nodiscard]] txn::Preparation preparation() const { return {branch, nonce}; }
};
static_assert(sizeof(Undelivered) <= 120, "millions of them may wait for absent participants");

class UndeliveredTable {
 public:
  [[nodiscard]] Undelivered& operator[](Slot slot) {
    return pages_[slot / page_records][slot % page_records];
  }
  [[nodiscard]] const Undelivered& operator[](Slot slot) const {
    return pages_[slot / page_records][slot % page_records];
  }

  // no_slot if there is none.
  [[nodiscard]] Slot find(const txn::Xid& xid, const txn::Preparation& preparation) const;
  Slot add(const txn::Xid& xid, const txn::Preparation& preparation);
  void erase(Slot slot);
  // `each` may erase the record it is given, and no other.
  template <class Each>
  void for_each_of(const txn::Xid& xid, Each each) {
    const std::size_t hash = std::hash<txn::Xid>{}(xid);
    for (Slot at = first(hash); at != no_slot;) {
      const Slot next = (*this)[at].next_in_bucket;
      if ((*this)[at].xid == xid) each(at);
      at = next;
    }
  }
  // In no particular order.
  template <class Each>
  void for_each(Each each) const {
    for (const Shard& shard : shards_) {
      for (Slot at : shard.buckets) {
        for (; at != no_slot; at = (*this)[at].next_in_bucket) each(at, (*this)[at]);
      }
    }
  }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t page_records = 1024;
  static constexpr std::size_t shard_count = 1024;
  struct Shard {
    std::vector<Slot> buckets;  // a power of two of them
    std::size_t size = 0;
  };

  [[nodiscard]] Slot first(std::size_t hash) const;
  static Slot& bucket(Shard& shard, std::size_t hash) {
    return shard.buckets[hash & (shard.buckets.size() - 1)];
  }
  void grow(Shard& shard);
  Slot take_free();

  std::vector<std::unique_ptr<Undelivered[]>> pages_;
  Slot free_ = no_slot;  // the first of those linked by next_in_bucket
  std::array<Shard, shard_count> shards_;
  std::size_t size_ = 0;
};

}  // namespace vow::dispatch
