// What recovery needs: what is prepared and for how long, and to be alone at it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vow/branch.h"
#include "vow/mysql/names.h"
#include "vow/mysql/pool.h"

namespace vow::mysql {

// XA RECOVER gives no age. So a branch is as old as this process has known it: one that another process left
// is found young, and is as old as recovery wants it a while later. Thread-safe.
class sightings {
 public:
  using instant = std::chrono::steady_clock::time_point;

  struct sighting {
    preparation which;
    std::chrono::milliseconds age{0};
  };

  // `listed` is all there is; what is not there any more is forgotten.
  [[nodiscard]] std::vector<sighting> see(const std::vector<preparation>& listed, instant now) {
    const std::lock_guard lock(mutex_);
    std::map<std::string, instant> still;
    std::vector<sighting> seen;
    for (const preparation& which : listed) {
      const std::string name = which.name();
      const auto known = first_.find(name);
      const instant since = known == first_.end() ? now : known->second;
      still.emplace(name, since);
      seen.push_back({which, std::chrono::duration_cast<std::chrono::milliseconds>(now - since)});
    }
    first_ = std::move(still);
    return seen;
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::map<std::string, instant> first_;
};

// The lock of all instances of a resource, on a connection of its own: should the process end, so does the
// lock. False: another instance has it, and `task` did not run.
inline bool run_alone(pool& at, std::string_view resource, const std::function<void()>& task) {
  // Resources may be named as they like; 64 characters is what MySQL takes. FNV-1a.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : resource) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  const std::string lock = "vow.recovery." + std::to_string(hash);
  const connection on = at.fresh();
  if (!take_lock(on.get(), lock, std::chrono::seconds(0))) return false;
  // The server takes its time to notice that a session is closed.
  struct at_end {
    const connection& on;
    const std::string& lock;
    ~at_end() { release_lock(on.get(), lock); }
  } const releases{on, lock};
  task();
  return true;
}

}  // namespace vow::mysql
