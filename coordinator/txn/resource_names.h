// Resource names by number, so that a million branches need not repeat them. A number is given at the first
// decision that names the resource and stays; replicas agree on them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "coordinator/base/check.h"
#include "coordinator/txn/branch.h"

namespace vow::txn {

class ResourceNames {
 public:
  ResourceNumber intern(const std::string& name) {
    const auto [at, is_new] = numbers_.try_emplace(name, names_.size());
    if (is_new) names_.push_back(name);
    return ResourceNumber(at->second);
  }
  [[nodiscard]] const std::string& name(ResourceNumber number) const {
    VOW_CHECK(number.value() < names_.size(), "no resource has number {}", number.value());
    return names_[number.value()];
  }
  [[nodiscard]] bool knows(const std::string& name) const { return numbers_.contains(name); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::vector<std::string>& all() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, std::uint64_t> numbers_;
};

}  // namespace vow::txn
