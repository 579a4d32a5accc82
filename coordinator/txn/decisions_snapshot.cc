// Decisions out to a snapshot, back in, and compared.
#include <algorithm>

#include "coordinator/base/bytes.h"
#include "coordinator/base/check.h"
#include "coordinator/base/checksum.h"
#include "coordinator/txn/decisions.h"

namespace vow::txn {

Decisions::Frozen Decisions::freeze() {
  Frozen frozen;
  frozen.head = {.cell = cell_,
                 .incarnations = incarnations_,
                 .grace_ms = options_.grace_ms,
                 .horizon_ms = horizon_ms_,
                 .time_ms = time_ms_,
                 .finished_count = finished_count_,
                 .resources = resources_.all(),
                 .forced = forced_};
  frozen.decisions = decisions_.freeze();
  frozen.bits = bits_.freeze();
  return frozen;
}

void Decisions::restore(Head head) {
  VOW_CHECK(decisions_.size() == 0, "{} decisions are there already", decisions_.size());
  cell_ = head.cell;
  incarnations_ = std::move(head.incarnations);
  options_.grace_ms = head.grace_ms;
  horizon_ms_ = head.horizon_ms;
  time_ms_ = head.time_ms;
  finished_count_ = head.finished_count;
  for (const std::string& resource : head.resources) resources_.intern(resource);
  forced_ = std::move(head.forced);
}

void Decisions::restore(Decision decision) {
  const Xid xid = decision.xid;
  unfinished_ += decision.is_finished() ? 0 : 1;
  VOW_CHECK(find(xid) == nullptr, "the decision on {} is there twice", to_string(xid));
  index_.insert(std::hash<Xid>{}(xid), decisions_.insert(std::move(decision)));
}

void Decisions::restored() {
  std::vector<std::pair<std::uint64_t, Slot>> finished;
  for (std::size_t slot = 0; slot < decisions_.slots(); ++slot) {
    const Decision* decision = decisions_.at(slot);
    if (decision == nullptr || !decision->is_finished()) continue;
    finished.emplace_back(decision->finished_nth, static_cast<Slot>(slot));
  }
  std::sort(finished.begin(), finished.end());
  for (const auto& [nth, slot] : finished) to_drop_[drop_second(decisions_.at(slot)->xid)].push_back(slot);
}

std::uint64_t Decisions::digest() const {
  ByteWriter head;
  head.u32(cell_);
  for (const std::uint32_t incarnation : incarnations_) head.u32(incarnation);
  for (const std::uint64_t number : {options_.grace_ms, horizon_ms_, time_ms_, finished_count_})
    head.u64(number);
  for (const std::string& resource : resources_.all()) head.bytes(resource);
  for (const auto& [xid, words] : forced_) {
    head.bytes(to_string(xid));
    for (const Forced& forced : words) {
      head.bytes(forced.branch.view());
      head.u8(forced.committed ? 1 : 0);
      head.u64(forced.at_ms);
      head.bytes(forced.who);
      head.bytes(forced.why);
    }
  }
  // A sum: the places of the decisions differ between a replica that applied them and one that loaded them.
  std::uint64_t sum = checksum(head.view()) + bits_.digest();
  for (std::size_t slot = 0; slot < decisions_.slots(); ++slot) {
    const Decision* decision = decisions_.at(slot);
    if (decision == nullptr) continue;
    ByteWriter one;
    one.bytes(to_string(decision->xid));
    one.u64(decision->decided_ms);
    one.u64(decision->finished_nth);
    for (const DecidedBranch& branch : decision->branches) {
      one.bytes(branch.preparation.branch.view());
      one.u64(branch.preparation.nonce.value());
      one.u64(static_cast<std::uint64_t>(branch.resource));
      one.u8(branch.forced ? 1 : 0);
    }
    sum += checksum(one.view());
  }
  return sum;
}

void Decisions::check_invariants() const {
  VOW_CHECK(horizon_ms_ <= time_ms_, "the horizon {} is beyond the time {}", horizon_ms_, time_ms_);
  VOW_CHECK(index_.size() == decisions_.size(), "{} indexed, {} held", index_.size(), decisions_.size());
  std::size_t unfinished = 0;
  std::size_t finished = 0;
  for (std::size_t slot = 0; slot < decisions_.slots(); ++slot) {
    const Decision* decision = decisions_.at(slot);
    if (decision == nullptr) continue;
    VOW_CHECK(slot_of(decision->xid) == slot, "{} is not found where it stands", to_string(decision->xid));
    VOW_CHECK(!bits_.has(decision->xid), "{} has its bit while it is on record", to_string(decision->xid));
    VOW_CHECK(!decision->branches.empty(), "{} was decided without a branch", to_string(decision->xid));
    ++(decision->is_finished() ? finished : unfinished);
  }
  VOW_CHECK(unfinished == unfinished_, "{} unfinished, {} counted", unfinished, unfinished_);
  std::size_t to_drop = 0;
  for (const auto& [second, slots] : to_drop_) to_drop += slots.size();
  VOW_CHECK(to_drop == finished, "{} finished, {} to be dropped", finished, to_drop);
}

}  // namespace vow::txn
