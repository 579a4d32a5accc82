// The scripts' own test: with a planted bug switched on, the script that is about it must come out
// differently.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "coordinator/base/plant.h"
#include "tests/raft/script.h"

namespace vow::raft {
namespace {

struct Planted {
  const char* bug;
  const char* script;
};

void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.bug << " in " << planted.script; }

class PlantedScript : public testing::TestWithParam<Planted> {};

std::string read(const std::string& name) {
  std::stringstream text;
  text << std::ifstream(std::filesystem::path(VOW_SOURCE_DIR) / "tests/raft/scripts" / (name + ".txt"))
              .rdbuf();
  return text.str();
}

TEST_P(PlantedScript, IsNoticed) {
  const std::string written = read(GetParam().script);
  ASSERT_EQ(run_script(written), written) << "it must pass while the bug is off";
  plant::active = GetParam().bug;
  const std::string happened = run_script(written);
  plant::active = nullptr;
  EXPECT_NE(happened, written);
}

INSTANTIATE_TEST_SUITE_P(
    Raft, PlantedScript,
    testing::Values(Planted{"acknowledged_before_fsync", "acknowledgement_waits_for_the_disk"},
                    Planted{"append_always_truncates", "an_old_append_cuts_nothing_off"},
                    Planted{"change_before_own_entry", "a_new_leader_does_not_change_members_at_once"},
                    Planted{"commit_by_counting", "earlier_terms_are_not_counted"},
                    Planted{"conflict_check_skipped", "conflicting_entries_are_replaced"},
                    Planted{"heartbeat_commits_unseen", "a_heartbeat_commits_only_what_was_acknowledged"},
                    Planted{"joint_step_skipped", "a_change_passes_through_a_joint_step"},
                    Planted{"leader_counts_unsynced", "a_leader_that_has_not_written_commits_nothing"},
                    Planted{"learner_counts_in_quorum", "learners_do_not_count"},
                    Planted{"old_majority_forgotten", "a_change_passes_through_a_joint_step"},
                    Planted{"previous_entry_not_compared", "the_entry_before_must_agree"},
                    Planted{"read_before_own_term", "a_new_leader_reads_after_its_own_entry"},
                    Planted{"read_confirmed_by_older_round", "a_round_of_reads_begins_after_the_question"},
                    Planted{"read_without_confirming", "reads_are_confirmed_by_a_quorum"},
                    Planted{"snapshot_loses_configuration", "a_snapshot_brings_its_configuration"},
                    Planted{"stale_votes_counted", "an_old_vote_arrives_late"},
                    Planted{"term_taken_from_pre_vote", "a_pre_vote_changes_no_term"},
                    Planted{"truncation_forgets_writes", "a_truncation_overtakes_writes"},
                    Planted{"vote_for_shorter_log", "a_shorter_log_does_not_win"},
                    Planted{"vote_not_persisted", "a_vote_survives_a_crash"},
                    Planted{"votes_twice_in_a_term", "one_vote_a_term"}),
    [](const auto& each) { return std::string(each.param.bug); });

}  // namespace
}  // namespace vow::raft
