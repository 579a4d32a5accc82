// Short ways to say what tests of the delivery say often.
#pragma once

#include <string>
#include <string_view>

#include "coordinator/dispatch/delivery.h"

namespace vow::dispatch {

inline txn::Xid xid_of(std::uint32_t sequence) {
  return {.cell = 1,
          .incarnation = 1,
          .term = 1,
          .timeout_s = 60,
          .begin_ms = 1'700'000'000'000,
          .session = 1,
          .sequence = sequence};
}

inline txn::Preparation preparation_of(std::string_view branch, std::uint64_t nonce = 7) {
  return {txn::BranchName::from(branch).value(), txn::Nonce(nonce)};
}

// Branch "a" of transaction `sequence` on the resource "stock".
inline txn::Instruction commit_of(std::uint32_t sequence, std::uint64_t voter = 0) {
  return {txn::Action::commit, xid_of(sequence), preparation_of("a"), "stock", txn::SessionNumber(voter)};
}

inline Report done(const Command& command) {
  Report report;
  report.xid = command.xid;
  report.preparation = command.preparation;
  report.action = command.action;
  report.done = true;
  return report;
}

inline Report failed(const Command& command, std::string error) {
  Report report = done(command);
  report.done = false;
  report.error = std::move(error);
  return report;
}

inline Report elsewhere(const Command& command) {
  Report report = failed(command, "not my connection");
  report.elsewhere = true;
  return report;
}

}  // namespace vow::dispatch
