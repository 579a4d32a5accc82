// A transaction in words.
#include "coordinator/cli/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/cli/table.h"
#include "coordinator/txn/open_transactions.h"

namespace vow::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

struct Shown {
  std::string state = "open";
  std::string reason{};
  std::string waiting_for{};
  std::string branches{};
  std::string forced{};
};

Json json_of(const Shown& shown) {
  return Json::parse(R"({"xid":"xid0","state":")" + shown.state + R"(","reason":")" + shown.reason +
                     R"(","waiting_for":")" + shown.waiting_for +
                     R"(","begun_ms":10000,"deadline_ms":70000,"branches":[)" + shown.branches +
                     R"(],"forced":[)" + shown.forced + "]}");
}

std::string words_of(const Shown& shown, std::uint64_t now_ms = 22'000) {
  return describe(json_of(shown), now_ms, /*colour=*/false);
}

const std::string failing_branch =
    R"({"branch":"b1","nonce":99,"resource":"payments-db","standing":"prepared","attempts":3,
        "last_error":"connection refused","next_attempt_in_ms":2000})";

TEST(Describe, TellsOfATransactionAsAPersonWould) {
  EXPECT_EQ(words_of({.state = "committing",
                      .reason = "",
                      .waiting_for = "branch b1 of payments-db to commit: attempt 3 failed",
                      .branches = failing_branch,
                      .forced = ""}),
            "Transaction xid0\n"
            "It is committed, for good; not every branch has confirmed it yet.\n"
            "Begun 12s ago; its deadline is in 48s.\n"
            "It is waiting for branch b1 of payments-db to commit: attempt 3 failed.\n"
            "\n"
            "BRANCH  RESOURCE     STANDING  ATTEMPTS  NEXT IN  LAST ERROR          NONCE\n"
            "b1      payments-db  prepared  3         2.0s     connection refused  99\n"
            "\n"
            "It is tried again by itself. Once the cause is mended, `vow tx retry xid0 --reason ...` does so "
            "at once.\n"
            "A branch that can never finish is ended in its database by hand, and then here:\n"
            "  vow tx resolve xid0 b1 --committed --reason ...\n");
}

TEST(Describe, HasASentenceForEachState) {
  for (const auto state : {txn::State::open, txn::State::preparing, txn::State::deciding,
                           txn::State::committing, txn::State::aborting, txn::State::aborted})
    EXPECT_THAT(words_of({.state = std::string(name(state))}),
                Not(HasSubstr("It is " + std::string(name(state)) + ".\n")));
  for (const auto verdict : {txn::Verdict::rolled_back, txn::Verdict::nothing_to_commit,
                             txn::Verdict::forgotten, txn::Verdict::unknown})
    EXPECT_THAT(words_of({.state = std::string(name(verdict))}),
                Not(HasSubstr("It is " + std::string(name(verdict)) + ".\n")));
  EXPECT_THAT(words_of({.state = "of_a_later_version"}), HasSubstr("It is of_a_later_version.\n"));
}

TEST(Describe, NeverSaysUndoneOfWhatIsOnlyBeingUndone) {
  EXPECT_THAT(words_of({.state = "aborting"}), HasSubstr("not every branch has confirmed"));
  EXPECT_THAT(words_of({.state = "aborted"}), HasSubstr("every branch has undone its work"));
}

TEST(Describe, ExplainsTheReason) {
  EXPECT_THAT(words_of({.state = "rolled_back", .reason = "vote_refused"}),
              AllOf(HasSubstr("A branch said that it cannot commit."), HasSubstr("vow explain VOW-2103")));
  EXPECT_THAT(words_of({.state = "rolled_back", .reason = "of_a_later_version"}),
              HasSubstr("of_a_later_version"));
}

TEST(Describe, AdvisesTheOutcomeThatTheTransactionHas) {
  EXPECT_THAT(words_of({.state = "aborting", .branches = failing_branch}), HasSubstr("b1 --rolled-back"));
  EXPECT_THAT(words_of({.state = "open", .branches = failing_branch}), Not(HasSubstr("vow tx resolve")));
}

TEST(Describe, ShowsWhoForcedWhatAndWhy) {
  EXPECT_THAT(
      words_of(
          {.state = "committed",
           .forced = R"({"branch":"b1","committed":false,"at_ms":12000,"who":"ann@ops","why":"disk lost"})"}),
      HasSubstr("Branch b1 was forced: ann@ops said that it rolled back, 10s ago: disk lost\n"));
}

TEST(Describe, ToleratesClocksThatDiffer) {
  EXPECT_THAT(words_of({}, 9'000), HasSubstr("Begun just now; its deadline is in 1m 1s."));
  EXPECT_THAT(words_of({}, 75'000), HasSubstr("its deadline was 5.0s ago."));
}

TEST(Describe, LetsNobodySteerTheTerminal) {
  EXPECT_THAT(words_of({.waiting_for = R"(\u001b[2J\nmore)"}), HasSubstr("It is waiting for  [2J more.\n"));
}

TEST(IsOver, OnlyOnceNothingIsWaitedFor) {
  EXPECT_FALSE(is_over(json_of({.state = "open"})));
  EXPECT_FALSE(is_over(json_of({.state = "committing"})));
  EXPECT_FALSE(is_over(json_of({.state = "aborting"})));
  EXPECT_FALSE(is_over(json_of({.state = "committed", .waiting_for = "the leader"})));
  EXPECT_TRUE(is_over(json_of({.state = "committed"})));
  EXPECT_TRUE(is_over(json_of({.state = "aborted"})));
}

TEST(Table, AlignsColumnsByCharacters) {
  Table table({"A", "B"});
  table.row({"größe", "1"});
  table.row({"x", ""});
  EXPECT_EQ(table.text(false), "A      B\ngröße  1\nx\n");
}

}  // namespace
}  // namespace vow::cli
