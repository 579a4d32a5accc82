#include "tests/sim/plants.h"

#include <array>

namespace vow::sim {
namespace {

constexpr std::array all = {
    Plant{"acknowledged_before_fsync", "a follower acknowledges entries before its disk has them"},
    Plant{"append_always_truncates", "a late append cuts off the entries that came after it"},
    Plant{"applies_while_loading", "entries are applied to the old state while a snapshot is loaded"},
    Plant{"change_before_own_entry", "a new leader changes the membership before it has committed anything"},
    Plant{"checksum_ignored", "entries are read from the log without comparing their checksum"},
    Plant{"commit_by_counting", "a leader commits entries of earlier terms by counting replicas"},
    Plant{"conflict_check_skipped", "a follower keeps its own entries where the leader has others"},
    Plant{"failed_fsync_retried", "a snapshot whose sync failed is synced once more, and that counts"},
    Plant{"failed_write_acknowledged", "a log write that failed counts as written"},
    Plant{"heartbeat_commits_unseen", "heartbeats commit what the follower may not have"},
    Plant{"joint_step_skipped", "the membership changes without a joint configuration"},
    Plant{"leader_counts_unsynced", "a leader counts its own log before its disk has it"},
    Plant{"learner_counts_in_quorum", "learners count in quorums"},
    Plant{"log_not_restarted_after_snapshot", "a log that contradicts the snapshot is kept"},
    Plant{"missing_commits_ignored", "a log that lacks acknowledged writes is opened all the same"},
    Plant{"old_majority_forgotten", "while joint, only the new voters count"},
    Plant{"previous_entry_not_compared", "a follower appends without comparing the entry before"},
    Plant{"read_before_own_term", "a new leader answers reads before it has committed anything"},
    Plant{"read_confirmed_by_older_round", "a read is confirmed by answers to an earlier round"},
    Plant{"read_without_confirming", "a leader answers reads without asking whether it still leads"},
    Plant{"snapshot_file_not_synced", "a snapshot is installed without syncing its file"},
    Plant{"snapshot_loses_configuration", "an installed snapshot brings no members"},
    Plant{"snapshot_name_not_synced", "a snapshot is installed without syncing its directory"},
    Plant{"snapshot_removes_older_first", "the older snapshot is removed before the newer is installed"},
    Plant{"stale_votes_counted", "votes of an earlier term count"},
    Plant{"term_taken_from_pre_vote", "a pre-vote raises the receiver's term"},
    Plant{"truncation_forgets_writes", "a truncation leaves the log believing its old writes"},
    Plant{"vote_for_shorter_log", "a node votes for a candidate that lacks entries"},
    Plant{"vote_not_persisted", "a vote is not written down"},
    Plant{"votes_twice_in_a_term", "a node votes for everyone who asks"},
};

}  // namespace

std::span<const Plant> plants() { return all; }

}  // namespace vow::sim
