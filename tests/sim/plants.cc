#include "tests/sim/plants.h"

#include <array>

namespace vow::sim {
namespace {

constexpr auto registers = Plant::Catcher::registers;
constexpr auto transactions = Plant::Catcher::transactions;
constexpr auto others = Plant::Catcher::others;

constexpr std::array all = {
    Plant{"aborts_deciding_by_deadline", transactions,
          "a decision that is proposed is aborted at its deadline"},
    Plant{"aborts_deciding_by_rollback", transactions,
          "a decision that is proposed is aborted by a rollback"},
    Plant{"acknowledged_before_fsync", registers, "a follower acknowledges entries before its disk has them"},
    Plant{"acknowledges_before_durable", transactions,
          "a participant acknowledges a commit before its database has it durably"},
    Plant{"answers_before_own_entry", transactions,
          "a new leader answers before it has applied an entry of its own term"},
    Plant{"answers_for_later_term", transactions,
          "a node calls transactions of terms that it has not heard of rolled back"},
    Plant{"answers_for_other_cell", transactions, "a node answers for another cell's transactions"},
    Plant{"append_always_truncates", registers, "a late append cuts off the entries that came after it"},
    Plant{"applies_while_loading", registers,
          "entries are applied to the old state while a snapshot is loaded"},
    Plant{"change_before_own_entry", registers,
          "a new leader changes the membership before it has committed anything"},
    Plant{"checksum_ignored", registers, "entries are read from the log without comparing their checksum"},
    Plant{"commit_by_counting", registers, "a leader commits entries of earlier terms by counting replicas"},
    Plant{"compares_count_not_set", transactions,
          "commit compares how many preparations are named, not which"},
    Plant{"conflict_check_skipped", registers,
          "a follower keeps its own entries where the leader has others"},
    Plant{"decision_forgotten_with_branch_open", transactions,
          "a decision counts as finished when its first branch is"},
    Plant{"drops_marks_early", transactions, "the mark of what was aborted is dropped before its deadline"},
    Plant{"failed_fsync_retried", registers,
          "a snapshot whose sync failed is synced once more, and that counts"},
    Plant{"cut_off_unheard", others, "a session whose connection has closed is waited for like any other"},
    Plant{"failed_write_acknowledged", registers, "a log write that failed counts as written"},
    Plant{"forgets_without_bit", transactions, "a decision is dropped without leaving its bit"},
    Plant{"heartbeat_commits_unseen", registers, "heartbeats commit what the follower may not have"},
    Plant{"joint_step_skipped", registers, "the membership changes without a joint configuration"},
    Plant{"leader_counts_unsynced", registers, "a leader counts its own log before its disk has it"},
    Plant{"learner_counts_in_quorum", registers, "learners count in quorums"},
    Plant{"leftover_decision_applied", others,
          "a decision counts though its entry is of another term than its xid"},
    Plant{"log_not_restarted_after_snapshot", registers, "a log that contradicts the snapshot is kept"},
    Plant{"marks_evicted", transactions,
          "where there is no room for a mark, the answer is given without one"},
    Plant{"missing_commits_ignored", registers,
          "a log that lacks acknowledged writes is opened all the same"},
    Plant{"nonce_ignored", transactions, "every preparing of a branch is taken for the one that voted"},
    Plant{"old_majority_forgotten", registers, "while joint, only the new voters count"},
    Plant{"overdue_reports_awaited", transactions,
          "a command whose report is overdue is not given to anyone else"},
    Plant{"previous_entry_not_compared", registers, "a follower appends without comparing the entry before"},
    Plant{"read_before_own_term", registers, "a new leader answers reads before it has committed anything"},
    Plant{"read_confirmed_by_older_round", registers, "a read is confirmed by answers to an earlier round"},
    Plant{"read_without_confirming", registers,
          "a leader answers reads without asking whether it still leads"},
    Plant{"report_of_another_action_counts", others, "a report on a prepare confirms the commit"},
    Plant{"rolls_back_on_overloaded", transactions,
          "a participant takes `overloaded` for a reason to roll back"},
    Plant{"rolls_back_on_repeated_votes_refusal", transactions,
          "a participant that votes otherwise than before rolls back at once"},
    Plant{"rolls_back_on_timeout", transactions, "a participant takes no answer for a reason to roll back"},
    Plant{"snapshot_file_not_synced", registers, "a snapshot is installed without syncing its file"},
    Plant{"snapshot_loses_configuration", registers, "an installed snapshot brings no members"},
    Plant{"snapshot_name_not_synced", registers, "a snapshot is installed without syncing its directory"},
    Plant{"snapshot_removes_older_first", registers,
          "the older snapshot is removed before the newer is installed"},
    Plant{"stale_votes_counted", registers, "votes of an earlier term count"},
    Plant{"term_taken_from_pre_vote", registers, "a pre-vote raises the receiver's term"},
    Plant{"truncation_forgets_writes", registers, "a truncation leaves the log believing its old writes"},
    Plant{"vote_for_shorter_log", registers, "a node votes for a candidate that lacks entries"},
    Plant{"vote_not_persisted", registers, "a vote is not written down"},
    Plant{"votes_twice_in_a_term", registers, "a node votes for everyone who asks"},
    Plant{"wall_clock_for_term_clock", transactions, "a leader judges deadlines by its wall clock"},
    Plant{"watcher_marks", transactions, "the question of a watcher settles what nobody has heard of"},
};

}  // namespace

std::span<const Plant> plants() { return all; }

}  // namespace vow::sim
