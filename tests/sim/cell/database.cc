#include "tests/sim/cell/database.h"

#include <algorithm>

namespace vow::sim::cell {

void Database::prepare(const BranchKey& key, const Row& row, std::function<void()> durable) {
  write(key, row, std::move(durable));
}

bool Database::commit(const BranchKey& key, std::function<void()> durable) {
  const auto at = visible_.find(key);
  if (at == visible_.end()) return false;
  checker_.branch_ends(key, true, at->second.standing == Standing::rolled_back);
  Row row = at->second;
  row.standing = Standing::committed;
  write(key, row, std::move(durable));
  return true;
}

bool Database::roll_back(const BranchKey& key, std::function<void()> durable) {
  const auto at = visible_.find(key);
  if (at == visible_.end()) return false;
  checker_.branch_ends(key, false, at->second.standing == Standing::committed);
  Row row = at->second;
  row.standing = Standing::rolled_back;
  write(key, row, std::move(durable));
  return true;
}

// What is written while a sync runs shares the next one.
Time Database::next_sync_end() {
  const Time now = world_.clock.now();
  const Time took = options_.sync_min + random_.below(options_.sync_spread + 1);
  if (now >= sync_ends_) sync_ends_ = next_sync_ends_;
  if (now >= sync_ends_) return sync_ends_ = next_sync_ends_ = now + took;
  if (next_sync_ends_ == sync_ends_) next_sync_ends_ = sync_ends_ + took;
  return next_sync_ends_;
}

void Database::write(const BranchKey& key, const Row& row, std::function<void()> durable) {
  visible_[key] = row;
  ++unsynced_;
  world_.clock.at(next_sync_end(), [this, key, row, epoch = epoch_, durable = std::move(durable)] {
    if (epoch != epoch_) return;
    --unsynced_;
    durable_[key] = row;
    if (row.standing == Standing::committed) {
      checker_.durably_committed(key);
      vacuum(key);
    }
    if (durable) durable();
  });
}

// Who asks again for what is gone from here finds nothing.
void Database::vacuum(const BranchKey& key) {
  if (options_.vacuum_after == 0) return;
  world_.clock.after(options_.vacuum_after, [this, key] {
    const Row* row = find(key);
    if (row == nullptr || row->standing != Standing::committed) return;
    visible_.erase(key);
    durable_.erase(key);
  });
}

const Row* Database::find(const BranchKey& key) const {
  const auto at = visible_.find(key);
  return at == visible_.end() ? nullptr : &at->second;
}

const BranchKey* Database::find_branch(const txn::Xid& xid, const txn::BranchName& branch) const {
  const BranchKey* found = nullptr;
  for (auto at = visible_.lower_bound({xid, {branch, txn::Nonce()}});
       at != visible_.end() && at->first.xid == xid && at->first.preparation.branch == branch; ++at) {
    if (at->second.standing == Standing::rolled_back) continue;
    if (found == nullptr || visible_.at(*found).since < at->second.since) found = &at->first;
  }
  return found;
}

std::vector<BranchKey> Database::prepared() const {
  std::vector<BranchKey> keys;
  for (const auto& [key, row] : visible_) {
    if (row.standing == Standing::prepared) keys.push_back(key);
  }
  return keys;
}

void Database::crash() {
  ++epoch_;
  sync_ends_ = next_sync_ends_ = world_.clock.now();
  if (unsynced_ > 0) world_.happened(Rare::database_lost_write);
  unsynced_ = 0;
  visible_ = durable_;
}

void Database::force(const BranchKey& key, bool committed) {
  stuck_.erase(key);
  const auto at = visible_.find(key);
  if (at == visible_.end() || at->second.standing != Standing::prepared) return;
  at->second.standing = committed ? Standing::committed : Standing::rolled_back;
  durable_[key] = at->second;
}

}  // namespace vow::sim::cell
