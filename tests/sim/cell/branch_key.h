// What names a prepared branch in databases: one preparing of one branch of one transaction.
#pragma once

#include <compare>
#include <string>

#include <fmt/format.h>

#include "coordinator/txn/branch.h"
#include "coordinator/txn/xid.h"

namespace vow::sim::cell {

struct BranchKey {
  txn::Xid xid;
  txn::Preparation preparation;

  bool operator==(const BranchKey&) const = default;
  auto operator<=>(const BranchKey&) const = default;
};

// For traces: within a run, these tell transactions apart.
[[nodiscard]] inline std::string brief(const txn::Xid& xid) {
  return fmt::format("t{}.s{}.{}", xid.term, xid.session, xid.sequence);
}
[[nodiscard]] inline std::string brief(const BranchKey& key) {
  return fmt::format("{}/{}#{}", brief(key.xid), key.preparation.branch.view(),
                     key.preparation.nonce.value());
}

}  // namespace vow::sim::cell
