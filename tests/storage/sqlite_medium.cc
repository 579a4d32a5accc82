#include "tests/storage/sqlite_medium.h"

namespace vow::storage {

Result<void> SqliteMedium::create(Identity identity) {
  identity_ = identity;
  if (auto done = SqliteLogStore::create(place(), identity, geometry_); !done) return done;
  return open();
}

Result<void> SqliteMedium::open() {
  auto store = SqliteLogStore::open(place(), identity_);
  if (!store) return Failure{store.error()};
  store_ = std::move(*store);
  return {};
}

Result<void> SqliteMedium::open_copy_of(const testing::FaultyDisk& other, Identity identity) {
  close();
  disk_.copy_from(other);
  identity_ = identity;
  return open();
}

Result<void> SqliteMedium::reopen_after_crash() {
  disk_.crash_process();
  close();
  return open();
}

Result<void> SqliteMedium::reopen_after_power_loss() {
  disk_.lose_power();
  close();
  return open();
}

bool SqliteMedium::close_and_flip_a_bit(Random& random) {
  close();
  std::uint64_t bit = random.below(disk_.bytes_used() * 8);
  for (const std::string& name : disk_.names()) {
    const std::uint64_t bits = disk_.peek(name)->size() * 8;
    if (bit < bits) {
      disk_.flip_bit(name, bit);
      return true;
    }
    bit -= bits;
  }
  return false;
}

}  // namespace vow::storage
