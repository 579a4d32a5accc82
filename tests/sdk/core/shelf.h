// A database that is as small as can be: it counts things, prepares, and forgets nothing when a process ends.
// Tests say where it fails.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "vow/client.h"
#include "vow/resource.h"

namespace vow::sdk {

// What is on its disk. It outlives those who use it.
class Shelf {
 public:
  // What it says of how long things have been prepared: always an hour, so that they are looked after at
  // once, even while somebody has them in hand; or how it is.
  enum class Ages : std::uint8_t { an_hour, as_they_are };
  explicit Shelf(Ages ages = Ages::an_hour) : ages_(ages) {}

  // How often somebody has asked what is prepared.
  mutable std::atomic<int> looks{0};
  // One branch that is all of its transaction.
  std::atomic<bool> commits_alone{false};

  enum class Step : std::uint8_t { work, prepare, prepared, commit, rollback };
  // Called before each step, which does not happen if it throws; and after what is prepared is on the disk.
  using Fault = std::function<void(Step step, const std::string& name)>;

  void fails(Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
  }
  [[nodiscard]] int stock(const std::string& thing) const {
    const std::lock_guard lock(mutex_);
    const auto at = stock_.find(thing);
    return at == stock_.end() ? 0 : at->second;
  }
  [[nodiscard]] std::size_t prepared() const {
    const std::lock_guard lock(mutex_);
    return prepared_.size();
  }

  using Changes = std::map<std::string, int>;
  void step(Step step, const std::string& name) {
    Fault fault;
    {
      const std::lock_guard lock(mutex_);
      fault = fault_;
    }
    if (fault) fault(step, name);
  }
  void prepare(const std::string& name, Changes changes) {
    step(Step::prepare, name);
    {
      const std::lock_guard lock(mutex_);
      prepared_[name] = {std::move(changes), Clock::now()};
    }
    step(Step::prepared, name);
  }
  // Whether it was there.
  bool end(const std::string& name, bool committed) {
    step(committed ? Step::commit : Step::rollback, name);
    const std::lock_guard lock(mutex_);
    const auto at = prepared_.find(name);
    if (at == prepared_.end()) return false;
    if (committed) {
      for (const auto& [thing, change] : at->second.changes) stock_[thing] += change;
    }
    prepared_.erase(at);
    return true;
  }
  // What is prepared, and for how long it has been.
  [[nodiscard]] std::map<std::string, std::chrono::milliseconds> ages() const {
    ++looks;
    const std::lock_guard lock(mutex_);
    std::map<std::string, std::chrono::milliseconds> all;
    for (const auto& [name, prepared] : prepared_) {
      const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - prepared.at);
      all[name] = ages_ == Ages::an_hour ? std::chrono::hours(1) : age;
    }
    return all;
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Prepared {
    Changes changes;
    Clock::time_point at;
  };

  const Ages ages_;
  mutable std::mutex mutex_;  // guards what follows
  Fault fault_;
  std::map<std::string, int> stock_;
  std::map<std::string, Prepared> prepared_;
};

class ShelfBranch final : public branch {
 public:
  ShelfBranch(Shelf& on, const preparation& as) : on_(on), as_(as) { ++alive; }
  ~ShelfBranch() override { --alive; }
  static inline std::atomic<int> alive{0};

  void add(const std::string& thing, int change) {
    on_.step(Shelf::Step::work, as_.name());
    changes_[thing] += change;
  }
  [[nodiscard]] int added(const std::string& thing) { return changes_[thing]; }
  ballot prepare() override {
    if (changes_.empty()) return ballot::read_only;
    on_.prepare(as_.name(), changes_);
    return ballot::prepared;
  }
  [[nodiscard]] bool can_commit_alone() const override { return on_.commits_alone; }
  void commit_alone() override {
    on_.prepare(as_.name(), changes_);
    commit();
  }
  void commit() override {
    if (!on_.end(as_.name(), true)) throw std::runtime_error("it is not there to be committed");
  }
  void rollback() override { (void)on_.end(as_.name(), false); }
  [[nodiscard]] bool is_transient(const std::exception& what) const override {
    return std::string(what.what()) == "deadlock";
  }

 private:
  Shelf& on_;
  const preparation as_;
  Shelf::Changes changes_;
};

class ShelfResource final : public resource {
 public:
  ShelfResource(client& of, std::string name, Shelf& on) : resource(of, std::move(name)), on_(on) { start(); }
  ~ShelfResource() override { stop(); }

  ShelfBranch& in(tx& transaction) {
    return static_cast<ShelfBranch&>(enlist(
        transaction, [this](const preparation& as) { return std::make_unique<ShelfBranch>(on_, as); }));
  }

 protected:
  void commit_prepared(const preparation& which) override { (void)on_.end(which.name(), true); }
  void rollback_prepared(const preparation& which) override { (void)on_.end(which.name(), false); }
  std::vector<found> list_prepared() override {
    std::vector<found> all;
    for (const auto& [name, age] : on_.ages()) {
      preparation which;
      if (preparation::parse(name, which)) all.push_back({which, age});
    }
    return all;
  }
  void alone(const std::function<void()>& task) override { task(); }

 private:
  Shelf& on_;
};

}  // namespace vow::sdk
