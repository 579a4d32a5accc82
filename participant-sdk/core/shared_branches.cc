#include "participant-sdk/core/shared_branches.h"

namespace vow::sdk {

SharedBranches::Taken SharedBranches::take(const std::string& xid, const std::string& branch, Instant until) {
  return take({xid, branch}, until, true);
}

SharedBranches::Taken SharedBranches::take_existing(const std::string& xid, const std::string& branch,
                                                    Instant until) {
  return take({xid, branch}, until, false);
}

SharedBranches::Taken SharedBranches::take(const Key& key, Instant until, bool keep_place) {
  std::unique_lock lock(mutex_);
  const bool is_free = changed_.wait_until(lock, until, [&] {
    const auto at = branches_.find(key);
    return at == branches_.end() || at->second != nullptr;
  });
  if (!is_free) return {Found::in_use};
  const auto at = branches_.find(key);
  if (at != branches_.end()) return {Found::taken, std::move(at->second)};
  if (keep_place) branches_.try_emplace(key);
  return {Found::none};
}

void SharedBranches::put(std::unique_ptr<SharedBranch> branch) {
  {
    const std::lock_guard lock(mutex_);
    auto& place = branches_[{branch->as.xid, branch->as.branch}];
    place = std::move(branch);
  }
  changed_.notify_all();
}

void SharedBranches::drop(const std::string& xid, const std::string& branch) {
  {
    const std::lock_guard lock(mutex_);
    branches_.erase({xid, branch});
  }
  changed_.notify_all();
}

std::vector<SharedBranches::Waiting> SharedBranches::waiting() const {
  const std::lock_guard lock(mutex_);
  std::vector<Waiting> all;
  for (const auto& [key, branch] : branches_) {
    if (branch) all.push_back({key.first, key.second, branch->deadline});
  }
  return all;
}

std::vector<std::unique_ptr<SharedBranch>> SharedBranches::take_all(const std::string& resource) {
  std::vector<std::unique_ptr<SharedBranch>> all;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = branches_.begin(); at != branches_.end();) {
      if (at->second && at->second->resource == resource) {
        all.push_back(std::move(at->second));
        at = branches_.erase(at);
      } else {
        ++at;
      }
    }
  }
  changed_.notify_all();
  return all;
}

}  // namespace vow::sdk
