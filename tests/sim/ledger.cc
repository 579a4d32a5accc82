#include "tests/sim/ledger.h"

#include <fmt/format.h>

#include "coordinator/raft/message.h"
#include "tests/sim/violation.h"

namespace vow::sim {
namespace {

constexpr const char* refused_means_never = "a refused command never happens";
constexpr const char* once = "a command happens once, at one place in the log";

}  // namespace

void Ledger::refused(std::uint64_t attempt) {
  refused_.insert(attempt);
  if (const auto found = places_.find(attempt); found != places_.end()) {
    throw Violation(refused_means_never, fmt::format("attempt {} was refused, but is in the log at {}",
                                                     attempt, raft::describe(found->second)));
  }
}

void Ledger::done(std::uint64_t attempt, storage::LogPosition at) {
  const auto found = places_.find(attempt);
  if (found == places_.end() || found->second != at) {
    throw Violation("a command that is done is in the log where its answer says",
                    fmt::format("attempt {} was answered as done at {}, but {}", attempt, raft::describe(at),
                                found == places_.end() ? "was not applied" : "is at another place"));
  }
}

void Ledger::applied(std::uint64_t attempt, storage::LogPosition at) {
  if (attempt == 0 || attempt >= next_) {
    throw Violation("what is applied was proposed",
                    fmt::format("attempt {} at {} was never made", attempt, raft::describe(at)));
  }
  if (refused_.contains(attempt)) {
    throw Violation(refused_means_never,
                    fmt::format("attempt {} was refused, but is applied at {}", attempt, raft::describe(at)));
  }
  const auto [place, is_new] = places_.emplace(attempt, at);
  if (!is_new && place->second != at) {
    throw Violation(once, fmt::format("attempt {} is in the log at {} and at {}", attempt,
                                      raft::describe(place->second), raft::describe(at)));
  }
}

}  // namespace vow::sim
