// The database behind a resource. It outlives the processes that use it, and keeps through its own crashes
// what was durable; what was written and not yet synced is lost then.
//
//             prepare            commit
//   (none) ──────────▶ prepared ────────▶ committed ──vacuum──▶ (none)
//                         │ roll back
//                         └──────────────▶ rolled back
//
// Work that is not prepared belongs to a connection, and ends with it: epoch() tells that all are gone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "coordinator/base/random.h"
#include "tests/sim/cell/branch_key.h"
#include "tests/sim/cell/outcome_checker.h"
#include "tests/sim/world.h"

namespace vow::sim::cell {

enum class Standing : std::uint8_t { prepared, committed, rolled_back };

struct Row {
  Standing standing = Standing::prepared;
  std::uint64_t enlistment = 0;  // under which it was prepared; 0: none
  NodeId owner;                  // who prepared it
  Time since = 0;
};

class Database {
 public:
  struct Options {
    Time sync_min = 0;
    Time sync_spread = 0;
    Time vacuum_after = 0;  // 0: never
  };

  Database(World& world, OutcomeChecker& checker, std::string resource, const Options& options, Random random)
      : world_(world),
        checker_(checker),
        resource_(std::move(resource)),
        options_(options),
        random_(random) {}

  // Each becomes visible at once and durable later; then `durable` is called, unless the database crashed.
  void prepare(const BranchKey& key, const Row& row, std::function<void()> durable);
  // Of what is prepared, or was ended so already. False if nothing is found.
  [[nodiscard]] bool commit(const BranchKey& key, std::function<void()> durable);
  [[nodiscard]] bool roll_back(const BranchKey& key, std::function<void()> durable);

  [[nodiscard]] const Row* find(const BranchKey& key) const;
  // The newest preparing of a branch that was not rolled back; null if there is none.
  [[nodiscard]] const BranchKey* find_branch(const txn::Xid& xid, const txn::BranchName& branch) const;
  [[nodiscard]] std::vector<BranchKey> prepared() const;

  // Loses what is not durable, and all connections.
  void crash();
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] const std::string& resource() const { return resource_; }

  // A fault that keeps a branch from its end, and its repair.
  void get_stuck(const BranchKey& key) { stuck_.insert(key); }
  [[nodiscard]] bool is_stuck(const BranchKey& key) const { return stuck_.contains(key); }
  [[nodiscard]] const std::set<BranchKey>& stuck() const { return stuck_; }
  void repair() { stuck_.clear(); }
  // By hand, whatever was decided.
  void force(const BranchKey& key, bool committed);

 private:
  using Rows = std::map<BranchKey, Row>;

  [[nodiscard]] Time next_sync_end();
  void write(const BranchKey& key, const Row& row, std::function<void()> durable);
  void vacuum(const BranchKey& key);

  World& world_;
  OutcomeChecker& checker_;
  const std::string resource_;
  const Options options_;
  Random random_;
  Rows visible_;
  Rows durable_;
  std::set<BranchKey> stuck_;
  // Of the sync that runs, and of the one after it if something waits for it.
  Time sync_ends_ = 0;
  Time next_sync_ends_ = 0;
  std::size_t unsynced_ = 0;
  std::uint64_t epoch_ = 1;
};

}  // namespace vow::sim::cell
