// The resources of a delivery: who serves each, and what it has outstanding.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "coordinator/dispatch/balancing.h"
#include "coordinator/dispatch/slot_list.h"

namespace vow::dispatch {

struct Resource {
  std::string name;
  std::vector<Instance> instances;  // by session
  std::unique_ptr<Balancer> balancer;
  PlaceList waiting;  // what no instance could take
  AgeList all;        // its whole backlog, the oldest first
  std::size_t failing = 0;
  std::uint64_t done = 0;

  [[nodiscard]] bool is_unused() const { return instances.empty() && all.empty() && done == 0; }
};

// Numbered, for as long as one is in use.
class Resources {
 public:
  using Number = std::uint32_t;

  [[nodiscard]] Resource& operator[](Number number) { return *resources_[number]; }
  [[nodiscard]] const Resource& operator[](Number number) const { return *resources_[number]; }
  [[nodiscard]] std::optional<Number> find(const std::string& name) const {
    const auto at = numbers_.find(name);
    return at == numbers_.end() ? std::nullopt : std::optional(at->second);
  }
  // `make_balancer` is called if the name is new.
  template <class Make>
  Number intern(const std::string& name, Make make_balancer) {
    if (const auto number = find(name)) return *number;
    const auto number = free_.empty() ? static_cast<Number>(resources_.size()) : free_.back();
    if (free_.empty()) {
      resources_.emplace_back();
    } else {
      free_.pop_back();
    }
    resources_[number] = std::make_unique<Resource>();
    resources_[number]->name = name;
    resources_[number]->balancer = make_balancer();
    numbers_.emplace(name, number);
    return number;
  }
  // Names that sessions once gave and nobody ever used take no room for long.
  void drop_if_unused(Number number) {
    if (!resources_[number]->is_unused()) return;
    numbers_.erase(resources_[number]->name);
    resources_[number].reset();
    free_.push_back(number);
  }
  // By number.
  template <class Each>
  void for_each(Each each) const {
    for (const auto& resource : resources_) {
      if (resource) each(*resource);
    }
  }

 private:
  std::vector<std::unique_ptr<Resource>> resources_;
  std::vector<Number> free_;
  std::unordered_map<std::string, Number> numbers_;
};

}  // namespace vow::dispatch
