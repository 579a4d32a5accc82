#include "coordinator/dispatch/history.h"

#include <algorithm>
#include <utility>

namespace vow::dispatch {

void History::add(txn::Settled settled, std::uint64_t at_ms) {
  if (ended_max_ == 0) return;
  const auto slot = static_cast<SlotIndex::Slot>(next_);
  if (next_ == ended_.size()) {
    ended_.emplace_back();
  } else {
    forget(ended_[next_].xid, slot);
  }
  forget(settled.xid, slot_of(settled.xid));
  ended_[next_] = {settled.xid, settled.answer, at_ms, std::move(settled.branches)};
  index_.insert(std::hash<txn::Xid>{}(settled.xid), slot);
  next_ = (next_ + 1) % ended_max_;
}

SlotIndex::Slot History::slot_of(const txn::Xid& xid) const {
  return index_.find(std::hash<txn::Xid>{}(xid),
                     [&](SlotIndex::Slot slot) { return ended_[slot].xid == xid; });
}

void History::forget(const txn::Xid& xid, SlotIndex::Slot slot) {
  if (slot != SlotIndex::no_slot && slot_of(xid) == slot) index_.erase(std::hash<txn::Xid>{}(xid), slot);
}

const History::Ended* History::find(const txn::Xid& xid) const {
  const SlotIndex::Slot slot = slot_of(xid);
  return slot == SlotIndex::no_slot ? nullptr : &ended_[slot];
}

std::optional<bool> History::committed_with(const txn::Xid& xid, const txn::Preparation& preparation) const {
  const Ended* ended = find(xid);
  if (ended == nullptr || ended->answer.verdict != txn::Verdict::committed) return std::nullopt;
  return std::any_of(ended->branches.begin(), ended->branches.end(), [&](const txn::OpenBranch& branch) {
    return branch.preparation == preparation && branch.standing == txn::OpenBranch::Standing::finished;
  });
}

}  // namespace vow::dispatch
