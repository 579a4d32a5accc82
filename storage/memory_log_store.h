// The reference form of LogStore: in memory, and as plain as it can be. What a correct store answers is what
// this one answers. Its content outlives a simulated crash, since whatever write() acknowledged must.
//
// It is strict with its callers: a write that breaks the rules of log_store.h, or that no correct Raft node
// could ask for, fails a check.
#pragma once

#include <deque>

#include "storage/log_store.h"

namespace vow::storage {

class MemoryLogStore final : public LogStore {
 public:
  explicit MemoryLogStore(Identity identity) : identity_(identity) {}

  [[nodiscard]] Result<void> write(std::span<const LogWrite> batch) override;
  [[nodiscard]] Result<std::vector<Entry>> read(Index first, std::size_t bytes_max) override;
  [[nodiscard]] LogPosition base() const override { return base_; }
  [[nodiscard]] LogPosition last() const override;
  [[nodiscard]] HardState hard_state() const override { return hard_state_; }
  [[nodiscard]] Identity identity() const override { return identity_; }

  // While full, writes are refused with Fault::no_space.
  void set_full(bool full) { full_ = full; }
  // After `spare` more writes one fails with Fault::failed and breaks the store until it is reopened. As
  // after any failure its batch may be there after all.
  enum class Fate : std::uint8_t { lost, kept };
  void fail_write(std::uint64_t spare, Fate fate) { planned_ = {spare, fate}; }
  [[nodiscard]] bool is_broken() const { return broken_; }
  // What a new process finds after a crash.
  void reopen();

 private:
  struct PlannedFailure {
    std::uint64_t spare;
    Fate fate;
  };

  // The fate of the write that begins now, if it is the one to fail.
  std::optional<Fate> failure_due();
  void carry_out(const LogWrite& write);
  void restart_at(LogPosition at);
  void truncate_from(Index from);
  void append(const Entry& entry);
  void compact_to(LogPosition at);
  [[nodiscard]] Term term_at(Index index) const;

  Identity identity_;
  HardState hard_state_;
  LogPosition base_;
  std::deque<Entry> entries_;  // base_.index + 1 and on, without gaps
  bool full_ = false;
  bool broken_ = false;
  std::optional<PlannedFailure> planned_;
};

}  // namespace vow::storage
