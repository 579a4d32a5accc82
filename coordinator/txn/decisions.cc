#include "coordinator/txn/decisions.h"

#include <algorithm>

#include "coordinator/base/check.h"
#include "coordinator/base/plant.h"

namespace vow::txn {
namespace {

// The horizon stays this far behind the time, however full the bits are.
constexpr std::uint64_t horizon_behind_ms = 3'600'000;
// It rises in steps no smaller than this: what raises it takes time further, and would at once ask for more.
constexpr std::uint64_t horizon_step_ms = 60'000;
// What one Advance may drop. More would hold up what comes after it.
constexpr std::size_t drops_at_once = 4'096;

}  // namespace

void Decisions::found(std::uint32_t cell, std::uint32_t incarnation) {
  VOW_CHECK(cell != 0 && incarnation != 0, "cell {} incarnation {}", cell, incarnation);
  VOW_CHECK(cell_ == 0 || cell_ == cell, "this is cell {}, not {}", cell_, cell);
  cell_ = cell;
  if (!adopted(incarnation)) incarnations_.push_back(incarnation);
}

bool Decisions::adopted(std::uint32_t incarnation) const {
  return std::find(incarnations_.begin(), incarnations_.end(), incarnation) != incarnations_.end();
}

void Decisions::pass(std::uint64_t stamp_ms) { time_ms_ = std::max(time_ms_, stamp_ms); }

std::uint64_t Decisions::drop_second(const Xid& xid) const {
  return (xid.deadline_ms() + options_.grace_ms) / 1000 + 1;
}

Decisions::Taken Decisions::decide(const Decide& decide, Term entry_term) {
  pass(decide.stamp_ms);
  if (!is_ours(decide.xid)) return Taken::ignored;
  if (decide.xid.decided_in() != entry_term && !VOW_PLANTED(leftover_decision_applied)) return Taken::ignored;
  if (find(decide.xid) != nullptr || bits_.has(decide.xid)) return Taken::before;

  Decision decision;
  decision.xid = decide.xid;
  decision.decided_ms = time_ms_;
  decision.branches.reserve(decide.branches.size());
  for (const NamedBranch& named : decide.branches) {
    decision.branches.push_back({named.preparation, resources_.intern(named.resource), false});
  }
  index_.insert(std::hash<Xid>{}(decide.xid), decisions_.insert(std::move(decision)));
  ++unfinished_;
  return Taken::now;
}

void Decisions::finish(const Finish& finish) {
  pass(finish.stamp_ms);
  for (const Xid& xid : finish.xids) {
    const Slot slot = slot_of(xid);
    if (slot == SlotIndex::no_slot || decisions_.at(slot)->is_finished()) continue;
    decisions_.edit(slot).finished_nth = ++finished_count_;
    --unfinished_;
    to_drop_[drop_second(xid)].push_back(slot);
  }
}

void Decisions::advance(const Advance& advance) {
  pass(advance.stamp_ms);
  drop_some(drops_at_once);
  const std::uint64_t latest = time_ms_ - std::min(time_ms_, horizon_behind_ms);
  const std::uint64_t wanted = std::min(advance.horizon_ms, latest);
  if (wanted <= horizon_ms_) return;
  horizon_ms_ = wanted;
  bits_.drop_before(horizon_ms_);
}

void Decisions::drop_some(std::size_t at_most) {
  while (at_most > 0 && !to_drop_.empty() && to_drop_.begin()->first * 1000 <= time_ms_) {
    auto& due = to_drop_.begin()->second;
    for (; at_most > 0 && !due.empty(); --at_most) {
      drop(due.front());
      due.pop_front();
    }
    if (due.empty()) to_drop_.erase(to_drop_.begin());
  }
}

void Decisions::drop(Slot slot) {
  const Xid xid = decisions_.at(slot)->xid;
  if (!VOW_PLANTED(forgets_without_bit)) bits_.set(xid);
  index_.erase(std::hash<Xid>{}(xid), slot);
  forced_.erase(xid);
  decisions_.erase(slot);
}

bool Decisions::force(const Force& force) {
  pass(force.stamp_ms);
  const Slot slot = slot_of(force.xid);
  if (slot == SlotIndex::no_slot) return false;
  for (DecidedBranch& branch : decisions_.edit(slot).branches) {
    if (branch.preparation.branch != force.branch) continue;
    if (branch.forced) return true;
    branch.forced = true;
    forced_[force.xid].push_back({force.branch, force.committed, time_ms_, force.who, force.why});
    return true;
  }
  return false;
}

const Decision* Decisions::find(const Xid& xid) const {
  const Slot slot = slot_of(xid);
  return slot == SlotIndex::no_slot ? nullptr : decisions_.at(slot);
}

const std::vector<Forced>* Decisions::forced(const Xid& xid) const {
  const auto at = forced_.find(xid);
  return at == forced_.end() ? nullptr : &at->second;
}

std::optional<std::uint64_t> Decisions::wanted_horizon(std::size_t budget_bytes) const {
  if (bits_.bytes() <= budget_bytes) return std::nullopt;
  const std::uint64_t latest = time_ms_ - std::min(time_ms_, horizon_behind_ms);
  const std::uint64_t wanted = std::min(bits_.median_deadline_ms(), latest);
  if (wanted < horizon_ms_ + horizon_step_ms) return std::nullopt;
  return wanted;
}

bool Decisions::has_droppable(std::uint64_t now_ms) const {
  return !to_drop_.empty() && to_drop_.begin()->first * 1000 <= now_ms;
}

}  // namespace vow::txn
