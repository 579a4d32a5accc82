#include "storage/memory_log_store.h"
#include "tests/sim/log_medium.h"

namespace vow::sim {
namespace {

using storage::MemoryLogStore;

class MemoryMedium final : public LogMedium {
 public:
  storage::Result<void> format(storage::Identity identity) override {
    store_ = std::make_unique<MemoryLogStore>(identity);
    return {};
  }

  storage::Result<storage::LogStore*> open(storage::Identity) override {
    if (reads_fail_) return storage::failure(storage::Fault::failed, "cannot read the log: injected fault");
    return store_.get();
  }

  void crash(Crash) override { store_->reopen(); }

  void cut_next_write(Random& random) override { fail_next_write(random); }
  void fail_next_write(Random& random) override {
    store_->fail_write(0, random.chance(0.5) ? MemoryLogStore::Fate::kept : MemoryLogStore::Fate::lost);
    ++faults_;
  }
  void fail_next_sync(Random& random) override { fail_next_write(random); }
  void fail_reads() override {
    reads_fail_ = true;
    ++faults_;
  }
  void set_full(bool full) override {
    store_->set_full(full);
    faults_ += full ? 1 : 0;
  }
  void heal() override {
    reads_fail_ = false;
    store_->set_full(false);
  }
  bool flip_bit(Random&) override { return false; }
  std::uint64_t faults() const override { return faults_; }

 private:
  std::unique_ptr<MemoryLogStore> store_;
  bool reads_fail_ = false;
  std::uint64_t faults_ = 0;
};

}  // namespace

std::unique_ptr<LogMedium> memory_medium() { return std::make_unique<MemoryMedium>(); }

}  // namespace vow::sim
