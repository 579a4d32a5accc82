// What the tests of this folder speak with.
#pragma once

#include <string>

#include "tests/sim/cell/outcome_checker.h"

namespace vow::sim::cell::test {

inline constexpr machine::Found cell{.cell = 7, .incarnation = 3};
inline constexpr Term term{5};

inline txn::Xid xid_of(std::uint32_t sequence = 1) {
  txn::Xid xid;
  xid.cell = cell.cell;
  xid.incarnation = cell.incarnation;
  xid.term = static_cast<std::uint32_t>(term.value());
  xid.begin_ms = 1'700'000'000'000;
  xid.timeout_s = 10;
  xid.session = 1;
  xid.sequence = sequence;
  return xid;
}

inline txn::Preparation preparation(const std::string& branch, std::uint64_t nonce = 1) {
  return {*txn::BranchName::from(branch), txn::Nonce(nonce)};
}
inline BranchKey key_of(const std::string& branch, std::uint64_t nonce = 1) {
  return {xid_of(), preparation(branch, nonce)};
}

inline std::string decide(const txn::Xid& xid, const std::vector<txn::Preparation>& preparations) {
  txn::Decide decide{.stamp_ms = xid.begin_ms, .xid = xid, .branches = {}};
  for (const txn::Preparation& each : preparations) decide.branches.push_back({each, "r"});
  return machine::encode(decide);
}

}  // namespace vow::sim::cell::test
