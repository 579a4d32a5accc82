// Branches that several calls of one transaction share: each call goes on where the one before it stopped, in
// the same local transaction. They prepare when the commit asks them to.
//
//            the first call's work             the call is served                 told to prepare, or to end
//   (none) ────────────────────────▶ at work ──────────────────────▶ waiting ────────────────────────▶ (none)
//                                    ▲   │                             │ │
//                                    │   │ its work threw              │ │ its transaction is over
//                                    │   └──────────▶ (none)           │ └──────────▶ (none)
//                                    └─────────────────────────────────┘ the next call
//
// What holds: whoever has taken a branch has it alone. Once it is gone without being prepared it never comes
// back: another one of its name has another enlistment, by which the coordinator tells that work is missing.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "vow/branch.h"

namespace vow::sdk {

struct SharedBranch {
  std::string resource;
  preparation as;
  std::uint64_t enlistment = 0;  // which making of it
  std::chrono::steady_clock::time_point deadline;
  std::unique_ptr<vow::branch> work;
};

// Thread-safe.
class SharedBranches {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  enum class Found : std::uint8_t { taken, none, in_use };
  struct Taken {
    Found found = Found::none;
    std::unique_ptr<SharedBranch> branch{};
  };
  // Waits for whoever has it. None: the place is kept, for put() or drop().
  [[nodiscard]] Taken take(const std::string& xid, const std::string& branch, Instant until);
  // As take(), of one that is there.
  [[nodiscard]] Taken take_existing(const std::string& xid, const std::string& branch, Instant until);
  void put(std::unique_ptr<SharedBranch> branch);
  // Gives up the place.
  void drop(const std::string& xid, const std::string& branch);

  // Those that nobody has now.
  struct Waiting {
    std::string xid;
    std::string branch;
    Instant deadline;
  };
  [[nodiscard]] std::vector<Waiting> waiting() const;
  // All that nobody has, of one resource.
  [[nodiscard]] std::vector<std::unique_ptr<SharedBranch>> take_all(const std::string& resource);

 private:
  using Key = std::pair<std::string, std::string>;
  [[nodiscard]] Taken take(const Key& key, Instant until, bool keep_place);

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::map<Key, std::unique_ptr<SharedBranch>> branches_;  // null: somebody has it
};

}  // namespace vow::sdk
