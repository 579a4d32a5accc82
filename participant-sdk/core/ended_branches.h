// Branches that this process has ended lately. The coordinator asks for each end as soon as it has decided,
// mostly while the transaction is ending its branches by itself; what is known here need not be looked up in
// the database, where nothing of it is left to be found.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

#include "thrift/gen/client/client_types.h"

namespace vow::sdk {

// Not thread-safe.
class EndedBranches {
 public:
  // Far more than end while a command is on its way. Of those that are forgotten the database still knows.
  static constexpr std::size_t kept_max = 20'000;

  // Its end is durable.
  void add(const std::string& name, wire::Action::type by) {
    if (!ended_.insert_or_assign(name, by).second) return;
    order_.push_back(name);
    if (order_.size() <= kept_max) return;
    ended_.erase(order_.front());
    order_.pop_front();
  }
  [[nodiscard]] bool has(const std::string& name, wire::Action::type by) const {
    const auto at = ended_.find(name);
    return at != ended_.end() && at->second == by;
  }

 private:
  std::unordered_map<std::string, wire::Action::type> ended_;
  std::deque<std::string> order_;  // the oldest first
};

}  // namespace vow::sdk
