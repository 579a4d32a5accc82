#include "coordinator/dispatch/history.h"

#include <algorithm>
#include <utility>

namespace vow::dispatch {

void History::add(txn::Settled settled, std::uint64_t at_ms) {
  if (ended_max_ == 0) return;
  if (ended_.size() >= ended_max_) {
    const auto oldest = nth_.find(ended_.front().xid);
    if (oldest != nth_.end() && oldest->second == dropped_) nth_.erase(oldest);
    ended_.pop_front();
    ++dropped_;
  }
  nth_[settled.xid] = dropped_ + ended_.size();
  ended_.push_back({settled.xid, settled.answer, at_ms, std::move(settled.branches)});
}

const History::Ended* History::find(const txn::Xid& xid) const {
  const auto at = nth_.find(xid);
  return at == nth_.end() ? nullptr : &ended_[at->second - dropped_];
}

std::optional<bool> History::committed_with(const txn::Xid& xid, const txn::Preparation& preparation) const {
  const Ended* ended = find(xid);
  if (ended == nullptr || ended->answer.verdict != txn::Verdict::committed) return std::nullopt;
  return std::any_of(ended->branches.begin(), ended->branches.end(), [&](const txn::OpenBranch& branch) {
    return branch.preparation == preparation && branch.standing == txn::OpenBranch::Standing::finished;
  });
}

}  // namespace vow::dispatch
