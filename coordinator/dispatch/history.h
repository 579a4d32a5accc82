// What this node remembers of transactions that have ended while it led: why, and with which branches. For
// people, and for participants that ask after the replicated state has kept but one bit. Bounded: the oldest
// go first.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

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

  explicit History(std::size_t ended_max) : ended_max_(ended_max) {}

  void add(txn::Settled settled, std::uint64_t at_ms);
  // Null if it is not remembered.
  [[nodiscard]] const Ended* find(const txn::Xid& xid) const;
  // Whether that transaction was committed with this preparation; none if it is not remembered as committed.
  [[nodiscard]] std::optional<bool> committed_with(const txn::Xid& xid,
                                                   const txn::Preparation& preparation) const;
  // The oldest first.
  [[nodiscard]] const std::deque<Ended>& all() const { return ended_; }

 private:
  std::size_t ended_max_;
  std::deque<Ended> ended_;
  std::uint64_t dropped_ = 0;                        // that stood before ended_.front()
  std::unordered_map<txn::Xid, std::uint64_t> nth_;  // the how manieth it was
};

}  // namespace vow::dispatch
