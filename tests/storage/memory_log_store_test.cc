#include "storage/memory_log_store.h"

#include <gtest/gtest.h>

#include "tests/storage/log_contract.h"
#include "tests/storage/log_model.h"

namespace vow::storage {
namespace {

// A medium that nothing befalls: a write is a single step, and memory outlives the process.
class MemoryMedium final : public LogMedium {
 public:
  explicit MemoryMedium(std::uint64_t seed) : random_(seed) {}

  Result<void> create(Identity identity) override {
    store_ = std::make_unique<MemoryLogStore>(identity);
    return {};
  }
  Result<void> reopen_after_crash() override {
    store_->reopen();
    return {};
  }
  Result<void> reopen_after_power_loss() override { return reopen_after_crash(); }
  LogStore& store() override { return *store_; }
  void set_full(bool full) override { store_->set_full(full); }
  void fail_next(Call) override { store_->fail_write(0, any_fate()); }
  void die_after(std::uint64_t steps) override { store_->fail_write(steps, any_fate()); }
  bool is_dead() const override { return store_->is_broken(); }
  bool close_and_flip_a_bit(Random&) override { return false; }

 private:
  MemoryLogStore::Fate any_fate() {
    return random_.chance(0.5) ? MemoryLogStore::Fate::kept : MemoryLogStore::Fate::lost;
  }

  Random random_;
  std::unique_ptr<MemoryLogStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Memory, LogContract,
                         ::testing::Values(LogForm{
                             "Reference",
                             [](std::uint64_t seed) { return std::make_unique<MemoryMedium>(seed); }}),
                         name_of_form);

// Each write breaks a rule, given a log of entries 1 to 3, compacted to 1.
class MemoryLogStoreRules : public ::testing::Test {
 protected:
  MemoryLogStoreRules() {
    make_checks_throw();
    const std::vector<LogWrite> history = {{.hard_state = HardState{Term(5), NodeId(1)},
                                            .entries = {entry(1, 4), entry(2, 4), entry(3, 5)},
                                            .compact_to = LogPosition{Index(1), Term(4)}}};
    EXPECT_TRUE(store_.write(history).ok());
  }

  void expect_refused(LogWrite write) {
    EXPECT_THROW((void)store_.write(std::vector<LogWrite>{std::move(write)}), CheckFailed);
  }

  MemoryLogStore store_{Identity{CellId(1), NodeId(1)}};
};

TEST_F(MemoryLogStoreRules, TermsOnlyRise) {
  expect_refused({.hard_state = HardState{Term(4), NodeId(1)}});
  expect_refused({.entries = {entry(4, 4)}});
}

TEST_F(MemoryLogStoreRules, AVoteIsNeverChanged) {
  expect_refused({.hard_state = HardState{Term(5), NodeId(2)}});
  expect_refused({.hard_state = HardState{Term(5), NodeId(0)}});
}

TEST_F(MemoryLogStoreRules, EntriesAreContiguous) {
  expect_refused({.entries = {entry(5, 5)}});
  expect_refused({.entries = {entry(3, 5)}});
  expect_refused({.entries = {entry(4, 5), entry(6, 5)}});
}

TEST_F(MemoryLogStoreRules, WhatWasCompactedStaysSo) {
  expect_refused({.truncate_from = Index(1)});
  expect_refused({.restart_at = LogPosition{Index(0), Term(0)}});
  expect_refused({.compact_to = LogPosition{Index(0), Term(0)}});
  EXPECT_THROW((void)store_.read(Index(1), 100), CheckFailed);
}

TEST_F(MemoryLogStoreRules, OnlyPositionsInTheLogAreCompactedTo) {
  expect_refused({.compact_to = LogPosition{Index(2), Term(5)}});
  expect_refused({.compact_to = LogPosition{Index(4), Term(5)}});
  expect_refused({.truncate_from = Index(5)});
}

}  // namespace
}  // namespace vow::storage
