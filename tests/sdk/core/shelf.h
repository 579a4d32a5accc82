// A database that is as small as can be: it counts things, prepares, and forgets nothing when a process ends.
// Tests say where it fails.
#pragma once

#include <atomic>
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
  enum class Step : std::uint8_t { work, prepare, commit, rollback };
  // Called before each step, which does not happen if it throws.
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
    const std::lock_guard lock(mutex_);
    prepared_[name] = std::move(changes);
  }
  // Whether it was there.
  bool end(const std::string& name, bool committed) {
    step(committed ? Step::commit : Step::rollback, name);
    const std::lock_guard lock(mutex_);
    const auto at = prepared_.find(name);
    if (at == prepared_.end()) return false;
    if (committed) {
      for (const auto& [thing, change] : at->second) stock_[thing] += change;
    }
    prepared_.erase(at);
    return true;
  }
  [[nodiscard]] std::vector<std::string> names() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const auto& [name, changes] : prepared_) all.push_back(name);
    return all;
  }

 private:
  mutable std::mutex mutex_;  // guards what follows
  Fault fault_;
  std::map<std::string, int> stock_;
  std::map<std::string, Changes> prepared_;
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
  ballot prepare() override {
    if (changes_.empty()) return ballot::read_only;
    on_.prepare(as_.name(), changes_);
    return ballot::prepared;
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
    for (const std::string& name : on_.names()) {
      preparation which;
      if (preparation::parse(name, which)) all.push_back({which, std::chrono::hours(1)});
    }
    return all;
  }
  void alone(const std::function<void()>& task) override { task(); }

 private:
  Shelf& on_;
};

}  // namespace vow::sdk
