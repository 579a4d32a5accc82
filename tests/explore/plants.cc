#include "tests/explore/plants.h"

#include <array>

namespace vow::explore {
namespace {

constexpr std::array all = {
    Plant{"aborts_deciding_by_deadline", "a transaction that is being decided is aborted at its deadline"},
    Plant{"aborts_deciding_by_rollback",
          "a transaction that is being decided is aborted when its initiator asks"},
    Plant{"answers_before_own_entry", "a new leader answers before an entry of its own term is applied"},
    Plant{"answers_for_later_term",
          "a leader says rolled back of transactions that a later leader may decide"},
    Plant{"answers_for_other_cell", "a coordinator says rolled back of another cell's transactions"},
    Plant{"compares_count_not_set", "commit compares how many preparations it names, not which"},
    Plant{"confirms_before_durable", "a participant confirms its commit before its database has written it"},
    Plant{"decision_forgotten_with_branch_open",
          "a decision counts as finished when the first branch confirms"},
    Plant{"drops_marks_early", "the mark of an abort is dropped before its deadline"},
    Plant{"forgets_without_bit", "a dropped decision leaves no bit"},
    Plant{"leftover_decision_applied", "a decision counts though its entry is of a later term"},
    Plant{"marks_evicted", "over their limit, marks are not kept"},
    Plant{"nonce_ignored", "a branch is told what became of another preparation of it"},
    Plant{"rolls_back_on_overloaded", "a prepared branch takes `overloaded` for an end"},
    Plant{"rolls_back_on_pending", "a prepared branch takes `pending` for a refusal of its repeated vote"},
    Plant{"rolls_back_on_timeout", "a prepared branch rolls back when nobody answers"},
    Plant{"votes_before_durable", "a participant votes before its database has written what it prepared"},
    Plant{"watcher_marks", "a watcher's question aborts what was not heard of yet"},
};

}  // namespace

std::span<const Plant> plants() { return all; }

}  // namespace vow::explore
