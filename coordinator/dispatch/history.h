// What this node remembers of transactions that have ended while it led: why, and with which branches. For
// people, and for participants that ask after the replicated state has kept but one bit. Bounded: the oldest
// go first.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/base/slot_index.h"
#include "coordinator/txn/open_transactions.h"

namespace vow::dispatch {

class History {
 public:
  struct Ended {
    txn::Xid xid;
    txn::Answer answer;
    std::uint64_t at_ms = 0;
    std::vector<txn::OpenBranch> branches;
  };

  explicit History(std::size_t ended_max) : ended_max_(ended_max) { ended_.reserve(ended_max); }

  void add(txn::Settled settled, std::uint64_t at_ms);
  // Null if it is not remembered.
  [[nodiscard]] const Ended* find(const txn::Xid& xid) const;
  // Whether that transaction was committed with this preparation; none if it is not remembered as committed.
  [[nodiscard]] std::optional<bool> committed_with(const txn::Xid& xid,
                                                   const txn::Preparation& preparation) const;
  [[nodiscard]] std::size_t size() const { return ended_.size(); }
  // 0: the one that ended last.
  [[nodiscard]] const Ended& latest(std::size_t nth) const {
    return ended_[(next_ + ended_.size() - 1 - nth) % ended_.size()];
  }

 private:
  [[nodiscard]] SlotIndex::Slot slot_of(const txn::Xid& xid) const;
  void forget(const txn::Xid& xid, SlotIndex::Slot slot);

  std::size_t ended_max_;
  std::vector<Ended> ended_;  // a ring, once it is full
  std::size_t next_ = 0;      // where the next one goes
  SlotIndex index_;           // of ended_; of an xid that ended twice, the later
};

}  // namespace vow::dispatch
