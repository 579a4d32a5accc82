#include <memory>
#include <utility>

#include "storage/sqlite_log_store.h"
#include "tests/sim/log_medium.h"
#include "tests/support/sqlite_vfs.h"

namespace vow::sim {
namespace {

using storage::SqliteLogStore;
using testing::FaultyDisk;
using testing::Trouble;

// Small, so that checkpoints come often.
constexpr storage::LogGeometry geometry{.page_bytes = 4096, .wal_bytes = 256u << 10};

class SqliteOnFaultyDisk final : public LogMedium {
 public:
  explicit SqliteOnFaultyDisk(Random random)
      : disk_(random.fork()), vfs_(disk_, static_cast<int>(random.below(1u << 30) + 1)) {}

  storage::Result<void> format(storage::Identity identity) override {
    return SqliteLogStore::create(place(), identity, geometry);
  }

  storage::Result<storage::LogStore*> open(storage::Identity identity) override {
    auto store = SqliteLogStore::open(place(), identity);
    if (!store) return Failure{store.error()};
    store_ = *std::move(store);
    return store_.get();
  }

  void crash(Crash how) override {
    if (how == Crash::process)
      disk_.crash_process();
    else
      disk_.lose_power();
    store_.reset();
  }

  void cut_next_write(Random& random) override { disk_.halt_after(random.below(16)); }
  void fail_next_write(Random& random) override { disk_.inject(Trouble::write_error, random.below(6)); }
  void fail_next_sync(Random& random) override { disk_.inject(Trouble::sync_error, random.below(2)); }
  void fail_reads() override {
    disk_.set_rate(Trouble::read_error, 0.05);
    disk_.set_rate(Trouble::short_read, 0.05);
  }
  void set_full(bool full) override { disk_.set_full(full); }
  void heal() override { disk_.heal(); }
  bool flip_bit(Random& random) override { return flip_any_bit(disk_, random); }
  std::uint64_t faults() const override { return disk_.counters().faults; }

 private:
  [[nodiscard]] storage::LogPlace place() { return {disk_, "", vfs_.name()}; }

  FaultyDisk disk_;
  testing::SqliteVfs vfs_;
  std::unique_ptr<SqliteLogStore> store_;
};

}  // namespace

std::unique_ptr<LogMedium> sqlite_medium(Random random) {
  return std::make_unique<SqliteOnFaultyDisk>(random);
}

bool flip_any_bit(FaultyDisk& disk, Random& random) {
  const std::uint64_t bytes = disk.bytes_used();
  if (bytes == 0) return false;
  std::uint64_t bit = random.below(bytes * 8);
  for (const std::string& name : disk.names()) {
    const std::uint64_t bits = disk.peek(name)->size() * 8;
    if (bit < bits) {
      disk.flip_bit(name, bit);
      return true;
    }
    bit -= bits;
  }
  return false;
}

}  // namespace vow::sim
