#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/sqlite_log_store.h"
#include "tests/sim/log_medium.h"
#include "tests/support/sqlite_vfs.h"

namespace vow::sim {
namespace {

using storage::SqliteLogStore;
using testing::FaultyDisk;
using testing::Trouble;

// Small, so that the entries fill many pages and checkpoints come often.
constexpr storage::LogGeometry geometry{.page_bytes = 1024, .wal_bytes = 64u << 10};

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

// Any file is as likely as another, and bytes that hold something are likelier than zeros: most of a disk is
// room that nobody misses.
bool flip_any_bit(FaultyDisk& disk, Random& random) {
  constexpr int tries = 8;
  std::vector<std::string> names = disk.names();
  std::erase_if(names, [&](const std::string& name) { return disk.peek(name)->empty(); });
  if (names.empty()) return false;
  const std::string& name = names[random.below(names.size())];
  const std::string_view bytes = *disk.peek(name);
  std::uint64_t at = random.below(bytes.size());
  for (int i = 0; i < tries && bytes[at] == 0; ++i) at = random.below(bytes.size());
  disk.flip_bit(name, at * 8 + random.below(8));
  return true;
}

}  // namespace vow::sim
