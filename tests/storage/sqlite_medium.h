// A SqliteLogStore on a FaultyDisk: small pages and a small write-ahead log, so that a short history goes
// through many checkpoints.
#pragma once

#include <memory>

#include "storage/sqlite_log_store.h"
#include "tests/storage/log_contract.h"
#include "tests/support/faulty_disk.h"
#include "tests/support/sqlite_vfs.h"

namespace vow::storage {

inline constexpr LogGeometry small_geometry{.page_bytes = 512, .wal_bytes = 16u << 10};

class SqliteMedium final : public LogMedium {
 public:
  explicit SqliteMedium(std::uint64_t seed, const LogGeometry& geometry = small_geometry)
      : geometry_(geometry),
        disk_(Random(seed)),
        vfs_(std::make_unique<testing::SqliteVfs>(disk_, static_cast<int>(seed) + 1)) {}

  Result<void> create(Identity identity) override;
  Result<void> reopen_after_crash() override;
  Result<void> reopen_after_power_loss() override;
  LogStore& store() override { return *store_; }
  void set_full(bool full) override { disk_.set_full(full); }
  void fail_next(Call call) override {
    disk_.inject(call == Call::sync ? testing::Trouble::sync_error : testing::Trouble::write_error);
  }
  void die_after(std::uint64_t steps) override { disk_.halt_after(steps); }
  bool is_dead() const override { return disk_.halted(); }
  bool close_and_flip_a_bit(Random& random) override;

  [[nodiscard]] testing::FaultyDisk& disk() { return disk_; }
  [[nodiscard]] LogPlace place() { return {disk_, "", vfs_->name()}; }
  [[nodiscard]] SqliteLogStore& sqlite_store() { return *store_; }
  void close() { store_.reset(); }
  [[nodiscard]] Result<void> open();
  // Takes over another disk's files, whoever wrote them, and opens the store.
  [[nodiscard]] Result<void> open_copy_of(const testing::FaultyDisk& other, Identity identity);

 private:
  LogGeometry geometry_;
  testing::FaultyDisk disk_;
  std::unique_ptr<testing::SqliteVfs> vfs_;
  Identity identity_;
  std::unique_ptr<SqliteLogStore> store_;
};

}  // namespace vow::storage
