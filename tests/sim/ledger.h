// Every try of every command, and what became of it. A client is told the truth: what was refused is nowhere
// in the log, what was done is there where the answer said, and nothing is there twice.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "storage/entry.h"

namespace vow::sim {

class Ledger {
 public:
  [[nodiscard]] std::uint64_t begin() { return next_++; }
  void refused(std::uint64_t attempt);
  void done(std::uint64_t attempt, storage::LogPosition at);
  // Found in the log, on any replica.
  void applied(std::uint64_t attempt, storage::LogPosition at);
  [[nodiscard]] bool was_applied(std::uint64_t attempt) const { return places_.contains(attempt); }

 private:
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, storage::LogPosition> places_;
  std::set<std::uint64_t> refused_;
};

}  // namespace vow::sim
