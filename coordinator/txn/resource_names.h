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
    const auto [at, is_new] = numbers_.try_emplace(name, static_cast<ResourceNumber>(names_.size()));
    if (is_new) names_.push_back(name);
    return at->second;
  }
  [[nodiscard]] const std::string& name(ResourceNumber number) const {
    const auto nth = static_cast<std::size_t>(number);
    VOW_CHECK(nth < names_.size(), "no resource has number {}", nth);
    return names_[nth];
  }
  [[nodiscard]] bool knows(const std::string& name) const { return numbers_.contains(name); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] const std::vector<std::string>& all() const { return names_; }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, ResourceNumber> numbers_;
};

}  // namespace vow::txn
