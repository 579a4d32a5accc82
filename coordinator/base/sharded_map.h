// A hash map that never stops to grow: it is many small ones, and each grows by itself, in microseconds.
#pragma once

#include <array>
#include <functional>
#include <unordered_map>

namespace vow {

template <class Key, class Value, std::size_t shards = 1024>
class ShardedMap {
 public:
  // Null if there is none.
  [[nodiscard]] Value* find(const Key& key) {
    auto& shard = shard_of(key);
    const auto at = shard.find(key);
    return at == shard.end() ? nullptr : &at->second;
  }
  [[nodiscard]] const Value* find(const Key& key) const { return const_cast<ShardedMap*>(this)->find(key); }
  // The value, and whether it is new.
  template <class... Args>
  std::pair<Value*, bool> try_emplace(const Key& key, Args&&... args) {
    const auto [at, is_new] = shard_of(key).try_emplace(key, std::forward<Args>(args)...);
    size_ += is_new ? 1 : 0;
    return {&at->second, is_new};
  }
  bool erase(const Key& key) {
    const bool erased = shard_of(key).erase(key) > 0;
    size_ -= erased ? 1 : 0;
    return erased;
  }
  [[nodiscard]] std::size_t size() const { return size_; }

  // In no particular order.
  template <class Each>
  void for_each(Each each) const {
    for (const auto& shard : shards_) {
      for (const auto& [key, value] : shard) each(key, value);
    }
  }
  // One shard's share; for walking the whole a little at a time.
  static constexpr std::size_t shard_count = shards;
  template <class Each>
  void for_each_in(std::size_t shard, Each each) const {
    for (const auto& [key, value] : shards_[shard]) each(key, value);
  }

 private:
  [[nodiscard]] std::unordered_map<Key, Value>& shard_of(const Key& key) {
    return shards_[(std::hash<Key>{}(key) >> 20) % shards];
  }

  std::array<std::unordered_map<Key, Value>, shards> shards_;
  std::size_t size_ = 0;
};

}  // namespace vow
