#include "coordinator/txn/committed_bits.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "coordinator/base/checksum.h"

namespace vow::txn {
namespace {

std::uint32_t bit_of(const Xid& xid) { return xid.sequence % CommittedBits::chunk_bits; }

}  // namespace

CommittedBits::Key CommittedBits::key_of(const Xid& xid) {
  return {.generation = static_cast<std::uint64_t>(xid.incarnation) << 32 | xid.term,
          .place = static_cast<std::uint64_t>(xid.session) << 32 | xid.sequence / chunk_bits};
}

void CommittedBits::set(const Xid& xid) {
  const auto [at, is_new] = index_.try_emplace(key_of(xid), 0);
  if (is_new) {
    Chunk chunk;
    chunk.incarnation = xid.incarnation;
    chunk.term = xid.term;
    chunk.session = xid.session;
    chunk.nth = xid.sequence / chunk_bits;
    at->second = chunks_.insert(chunk);
  }
  Chunk& chunk = chunks_.edit(at->second);
  chunk.bits[bit_of(xid) / 64] |= std::uint64_t{1} << bit_of(xid) % 64;
  chunk.last_deadline_ms = std::max(chunk.last_deadline_ms, xid.deadline_ms());
}

bool CommittedBits::has(const Xid& xid) const {
  const auto at = index_.find(key_of(xid));
  if (at == index_.end()) return false;
  return (chunks_.at(at->second)->bits[bit_of(xid) / 64] >> bit_of(xid) % 64 & 1) != 0;
}

void CommittedBits::drop_before(std::uint64_t horizon_ms) {
  for (auto at = index_.begin(); at != index_.end();) {
    if (chunks_.at(at->second)->last_deadline_ms < horizon_ms) {
      chunks_.erase(at->second);
      at = index_.erase(at);
    } else {
      ++at;
    }
  }
}

std::uint64_t CommittedBits::median_deadline_ms() const {
  std::vector<std::uint64_t> deadlines;
  deadlines.reserve(index_.size());
  for (const auto& [key, slot] : index_) deadlines.push_back(chunks_.at(slot)->last_deadline_ms);
  if (deadlines.empty()) return 0;
  const auto middle = deadlines.begin() + static_cast<std::ptrdiff_t>(deadlines.size() / 2);
  std::nth_element(deadlines.begin(), middle, deadlines.end());
  return *middle;
}

std::uint64_t CommittedBits::digest() const {
  std::uint64_t sum = 0;
  for (const auto& [key, slot] : index_) {
    const Chunk& chunk = *chunks_.at(slot);
    const std::array<std::uint64_t, 3> head{key.generation, key.place, chunk.last_deadline_ms};
    const std::string_view words(reinterpret_cast<const char*>(chunk.bits.data()), sizeof(chunk.bits));
    sum += checksum(words, checksum({reinterpret_cast<const char*>(head.data()), sizeof(head)}));
  }
  return sum;
}

void CommittedBits::restore(const Chunk& chunk) {
  const Key key{.generation = static_cast<std::uint64_t>(chunk.incarnation) << 32 | chunk.term,
                .place = static_cast<std::uint64_t>(chunk.session) << 32 | chunk.nth};
  const bool is_new = index_.try_emplace(key, chunks_.insert(chunk)).second;
  VOW_CHECK(is_new, "chunk {} of session {} is there twice", chunk.nth, chunk.session);
}

}  // namespace vow::txn
