#include "coordinator/dispatch/undelivered.h"

#include <utility>

namespace vow::dispatch {
namespace {

// Other bits than those that choose the bucket.
constexpr unsigned shard_shift = 40;

}  // namespace

Slot UndeliveredTable::first(std::size_t hash) const {
  const Shard& shard = shards_[(hash >> shard_shift) % shard_count];
  return shard.buckets.empty() ? no_slot : shard.buckets[hash & (shard.buckets.size() - 1)];
}

Slot UndeliveredTable::find(const txn::Xid& xid, const txn::Preparation& preparation) const {
  for (Slot at = first(std::hash<txn::Xid>{}(xid)); at != no_slot; at = (*this)[at].next_in_bucket) {
    const Undelivered& record = (*this)[at];
    if (record.xid == xid && record.nonce == preparation.nonce && record.branch == preparation.branch)
      return at;
  }
  return no_slot;
}

Slot UndeliveredTable::add(const txn::Xid& xid, const txn::Preparation& preparation) {
  const std::size_t hash = std::hash<txn::Xid>{}(xid);
  Shard& shard = shards_[(hash >> shard_shift) % shard_count];
  if (shard.size == shard.buckets.size()) grow(shard);
  const Slot slot = take_free();
  Undelivered& record = (*this)[slot];
  record = Undelivered();
  record.xid = xid;
  record.branch = preparation.branch;
  record.nonce = preparation.nonce;
  record.next_in_bucket = std::exchange(bucket(shard, hash), slot);
  ++shard.size;
  ++size_;
  return slot;
}

void UndeliveredTable::erase(Slot slot) {
  Undelivered& record = (*this)[slot];
  const std::size_t hash = std::hash<txn::Xid>{}(record.xid);
  Shard& shard = shards_[(hash >> shard_shift) % shard_count];
  Slot* at = &bucket(shard, hash);
  while (*at != slot) {
    VOW_CHECK(*at != no_slot, "slot {} holds a record that its index does not know", slot);
    at = &(*this)[*at].next_in_bucket;
  }
  *at = record.next_in_bucket;
  record.error.reset();
  record.next_in_bucket = std::exchange(free_, slot);
  --shard.size;
  --size_;
}

void UndeliveredTable::grow(Shard& shard) {
  const std::vector<Slot> old = std::exchange(shard.buckets, {});
  shard.buckets.assign(old.empty() ? 4 : old.size() * 2, no_slot);
  for (Slot at : old) {
    while (at != no_slot) {
      Undelivered& record = (*this)[at];
      Slot& head = bucket(shard, std::hash<txn::Xid>{}(record.xid));
      const Slot next = std::exchange(record.next_in_bucket, head);
      head = at;
      at = next;
    }
  }
}

Slot UndeliveredTable::take_free() {
  if (free_ == no_slot) {
    const std::size_t first = pages_.size() * page_records;
    VOW_CHECK(first + page_records < no_slot, "{} records are more than slots can name", first);
    pages_.push_back(std::make_unique<Undelivered[]>(page_records));
    for (std::size_t i = page_records; i-- > 0;) {
      pages_.back()[i].next_in_bucket = free_;
      free_ = static_cast<Slot>(first + i);
    }
  }
  const Slot slot = free_;
  free_ = (*this)[slot].next_in_bucket;
  return slot;
}

}  // namespace vow::dispatch
