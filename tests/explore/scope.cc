#include "tests/explore/scope.h"

#include <array>

namespace vow::explore {
namespace {

constexpr std::array full = {
    Scope{.name = "two_branches",
          .words = "two branches, prepared twice each; three leaders, the first of them the transaction's",
          .nonces_a = 2,
          .nonces_b = 2,
          .ballots = true,
          .forgetting = true},
    Scope{
        .name = "shared_branch",
        .words = "as two_branches, but `b` is enlisted by up to two instances and prepares when commit asks",
        .nonces_a = 2,
        .nonces_b = 2,
        .ballots = true,
        .shared = true,
        .late_enlistments = true,
        .forgetting = true},
    Scope{.name = "earlier_leader",
          .words =
              "as two_branches, but the transaction is the second leader's, and the first goes on for ever",
          .term = 2,
          .nonces_a = 2,
          .nonces_b = 2,
          .ballots = true,
          .forgetting = true},
    Scope{.name = "marks_full",
          .words = "two branches, prepared twice each, while the only place for a mark comes and goes",
          .nonces_a = 2,
          .nonces_b = 2,
          .capped = true},
};

constexpr std::array quick = {
    Scope{.name = "one_branch",
          .words = "one branch that is prepared twice, three leaders",
          .nonces_a = 2,
          .nonces_b = 0,
          .ballots = true,
          .forgetting = true},
    Scope{.name = "two_branches_once",
          .words = "two branches, prepared once each, three leaders",
          .ballots = true,
          .forgetting = true},
    Scope{.name = "shared_branch_once",
          .words = "one branch that prepares by itself and one that up to two instances enlist, two leaders",
          .last_term = 2,
          .nonces_b = 2,
          .shared = true,
          .late_enlistments = true},
    Scope{.name = "earlier_leader_once",
          .words = "two branches, prepared once each, of the second of three leaders",
          .term = 2,
          .forgetting = true},
    Scope{.name = "marks_full_once",
          .words = "two branches, prepared once each, while the only place for a mark comes and goes",
          .last_term = 2,
          .capped = true},
};

}  // namespace

std::span<const Scope> full_scopes() { return full; }
std::span<const Scope> quick_scopes() { return quick; }

}  // namespace vow::explore
