// What a coordinator answers, and when.
#include "coordinator/dispatch/node_coordinator.h"

#include <optional>

#include <gtest/gtest.h>

#include "tests/dispatch/lone_node.h"

namespace vow::dispatch {
namespace {

using txn::Verdict;

class NodeCoordinatorTest : public ::testing::Test {
 protected:
  NodeCoordinatorTest() : node(options()) {
    node.until_it_leads();
    node.turn();
  }
  static constexpr std::size_t backlog_max = 60;
  static CoordinatorOptions options() {
    CoordinatorOptions options;
    options.own_addresses = {"peer:1", "client:1", "http:1"};
    options.leadership.delivery.backlog_max = backlog_max;
    return options;
  }

  NodeCoordinator& coordinator() { return node.coordinator(); }
  txn::SessionNumber open_session(std::vector<Served> serves = {}) {
    auto opened = coordinator().open_session({"test", std::move(serves)});
    EXPECT_TRUE(opened.ok());
    return opened->session;
  }
  txn::Xid begin() { return coordinator().begin(30)->xid; }
  static txn::Preparation preparation(const char* branch, std::uint64_t nonce = 1) {
    return {*txn::BranchName::from(branch), txn::Nonce(nonce)};
  }
  Verdict vote(const txn::Xid& xid, const char* branch, txn::SessionNumber session = {},
               txn::Ballot ballot = txn::Ballot::prepared) {
    return coordinator().vote({xid, preparation(branch), branch, ballot, session, 0}).verdict;
  }
  // Two branches, both prepared.
  txn::Xid begin_with_votes(txn::SessionNumber session = {}) {
    const txn::Xid xid = begin();
    EXPECT_EQ(vote(xid, "a", session), Verdict::taken);
    EXPECT_EQ(vote(xid, "b", session), Verdict::taken);
    return xid;
  }
  void commit(const txn::Xid& xid, std::uint32_t wait_ms = 0) {
    coordinator().commit({xid, {preparation("a"), preparation("b")}, wait_ms},
                         [this](const txn::Answer& answer) { answers.push_back(answer); });
  }
  Polled poll(txn::SessionNumber session) {
    std::optional<Polled> polled;
    coordinator().poll({session, 100, 0}, [&](Result<Polled, Problem> result) {
      ASSERT_TRUE(result.ok()) << result.error().what;
      polled = *result;
    });
    node.turn();
    node.pass(50);
    EXPECT_TRUE(polled.has_value());
    return polled.value_or(Polled());
  }
  void report_done(txn::SessionNumber session, const Command& command) {
    coordinator().report(session, {command.xid, command.preparation, command.action, true, {}, false});
  }
  Verdict outcome(const txn::Xid& xid, txn::Asker asker = txn::Asker::watcher) {
    return coordinator().outcome(xid, std::nullopt, asker).verdict;
  }

  LoneNode node;
  std::vector<txn::Answer> answers;
};

TEST_F(NodeCoordinatorTest, ACommitIsAnsweredOnceItsDecisionIsDurable) {
  const txn::Xid xid = begin_with_votes();
  node.set_disk_works(false);
  commit(xid);
  node.turn();
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(outcome(xid), Verdict::pending);
  node.set_disk_works(true);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0], (txn::Answer{Verdict::committed, txn::Reason::none, 2}));
  EXPECT_EQ(outcome(xid), Verdict::committed);
}

TEST_F(NodeCoordinatorTest, ACommitThatWaitsIsAnsweredOnceAllBranchesHaveConfirmed) {
  const auto session = open_session({{"a", 1}, {"b", 1}});
  const txn::Xid xid = begin_with_votes(session);
  commit(xid, 10'000);
  node.turn();
  EXPECT_TRUE(answers.empty());
  const Polled polled = poll(session);
  ASSERT_EQ(polled.commands.size(), 2u);
  report_done(session, polled.commands[0]);
  node.turn();
  EXPECT_TRUE(answers.empty());
  report_done(session, polled.commands[1]);
  node.turn();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0], (txn::Answer{Verdict::committed, txn::Reason::none, 0}));
}

TEST_F(NodeCoordinatorTest, PatienceWithBranchesIsBounded) {
  const txn::Xid xid = begin_with_votes();
  commit(xid, 1'000);
  node.pass(900);
  EXPECT_TRUE(answers.empty());
  node.pass(300);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0], (txn::Answer{Verdict::committed, txn::Reason::none, 2}));
}

TEST_F(NodeCoordinatorTest, ARestartRollsBackWhatWasOpenAndResumesWhatWasDecided) {
  const txn::Xid open = begin_with_votes();
  const txn::Xid decided = begin_with_votes();
  commit(decided);
  node.turn();

  node.restart();
  EXPECT_EQ(outcome(open), Verdict::ask_leader) << "before it has an entry of its own term";
  node.until_it_leads();
  EXPECT_EQ(outcome(open), Verdict::rolled_back);
  EXPECT_EQ(outcome(decided), Verdict::committed);

  const auto session = open_session({{"a", 1}, {"b", 1}});
  const Polled polled = poll(session);
  ASSERT_EQ(polled.commands.size(), 2u);
  for (const Command& command : polled.commands) {
    EXPECT_EQ(command.xid, decided);
    EXPECT_EQ(command.action, txn::Action::commit);
    report_done(session, command);
  }
  node.pass(2'000);
  EXPECT_EQ(coordinator().machine().decisions().unfinished(), 0u);
}

TEST_F(NodeCoordinatorTest, TimesDecisionsUntilTheyAreOnRecord) {
  node.set_disk_works(false);
  commit(begin_with_votes());
  node.turn();
  node.pass(100);
  commit(begin_with_votes());
  node.turn();
  node.pass(100);
  node.set_disk_works(true);
  commit(begin_with_votes());
  node.turn();
  const auto all = coordinator().metrics();
  const auto times = std::find_if(all.begin(), all.end(), [](const Metric& each) {
    return each.name == "vow_decision_duration_seconds";
  });
  ASSERT_NE(times, all.end());
  EXPECT_DOUBLE_EQ(times->value, 0.3);
  const auto within = [&](double seconds) {
    for (const auto& [bound, count] : times->buckets)
      if (bound == seconds) return count;
    return ~std::uint64_t{0};
  };
  EXPECT_EQ(within(0.001), 1u);
  EXPECT_EQ(within(0.1), 2u);
  EXPECT_EQ(within(0.25), 3u);
  EXPECT_EQ(within(std::numeric_limits<double>::infinity()), 3u);
}

TEST_F(NodeCoordinatorTest, TellsMonitoringWhichCheckFails) {
  const auto ok = [&](const std::string& check) {
    for (const Metric& each : coordinator().metrics())
      if (each.name == "vow_check_ok" && each.labels.at("check") == check) return each.value;
    return -1.0;
  };
  EXPECT_EQ(ok("clock"), 1);
  EXPECT_EQ(ok("serving"), 1);
  node.jump_wall_clock(60'000);
  node.pass(50);
  EXPECT_EQ(ok("clock"), 0);
  EXPECT_EQ(ok("serving"), 1);
}

TEST_F(NodeCoordinatorTest, IsNotReadyWhileItsDiskIsFull) {
  const auto disk = [&] { return coordinator().checks().at(0); };
  EXPECT_TRUE(disk().ok);
  node.node().disk_event(node::LogRefused{"full"});
  node.turn();
  EXPECT_EQ(disk().name, "disk");
  EXPECT_FALSE(disk().ok);
  EXPECT_NE(disk().detail.find("full"), std::string::npos);
}

TEST_F(NodeCoordinatorTest, ASessionIsWaitedForNoLongerOnceItsConnectionHasClosed) {
  const auto session = open_session({{"a", 1}});
  coordinator().poll({.session = session, .over = 77}, [](const Result<Polled, Problem>&) {});
  node.pass(5'000);
  ASSERT_EQ(coordinator().sessions().size(), 1u);
  coordinator().cut_off(session, 76);
  node.pass(2'000);
  ASSERT_EQ(coordinator().sessions().size(), 1u) << "it was another connection";
  coordinator().cut_off(session, 77);
  node.pass(1'100);
  EXPECT_TRUE(coordinator().sessions().empty());
}

TEST_F(NodeCoordinatorTest, ADecisionInDoubtIsUnknownWhenLeadershipEnds) {
  const txn::Xid xid = begin_with_votes();
  node.set_disk_works(false);
  commit(xid);
  node.turn();
  node.node().disk_event(node::LogRefused{"full"});
  node.turn();
  EXPECT_FALSE(coordinator().is_leading());
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].verdict, Verdict::unknown);
}

TEST_F(NodeCoordinatorTest, AFinishedDecisionIsDroppedAfterItsGraceAndStaysCommitted) {
  const auto session = open_session({{"a", 1}, {"b", 1}});
  const txn::Xid xid = begin_with_votes(session);
  commit(xid);
  node.turn();
  for (const Command& command : poll(session).commands) report_done(session, command);
  node.pass(2'000);
  EXPECT_EQ(coordinator().machine().decisions().size(), 1u);
  node.pass(32'000);
  EXPECT_EQ(coordinator().machine().decisions().size(), 0u);
  EXPECT_EQ(outcome(xid), Verdict::committed);
  // This node remembers with which preparations; another one would not.
  EXPECT_EQ(coordinator().outcome(xid, preparation("a"), txn::Asker::involved).verdict, Verdict::committed);
  EXPECT_EQ(coordinator().outcome(xid, preparation("a", 9), txn::Asker::involved).verdict,
            Verdict::rolled_back);
  node.restart();
  node.until_it_leads();
  EXPECT_EQ(outcome(xid), Verdict::committed);
  EXPECT_EQ(coordinator().outcome(xid, preparation("a"), txn::Asker::involved).verdict, Verdict::forgotten);
}

TEST_F(NodeCoordinatorTest, ManyFinishedDecisionsShareARecord) {
  const auto session = open_session({{"a", 1}, {"b", 1}});
  const Index before = node.node().applied().index;
  constexpr std::uint64_t count = 50;
  for (std::uint64_t i = 0; i < count; ++i) {
    commit(begin_with_votes(session));
    node.turn();
  }
  for (const Command& command : poll(session).commands) report_done(session, command);
  node.pass(2'000);
  EXPECT_EQ(coordinator().machine().decisions().unfinished(), 0u);
  EXPECT_LE(node.node().applied().index - before, count + 1);
}

TEST_F(NodeCoordinatorTest, AbortsAndReadersCostNoRecord) {
  const Index before = node.node().applied().index;
  const txn::Xid refused = begin();
  EXPECT_EQ(vote(refused, "a"), Verdict::taken);
  EXPECT_EQ(vote(refused, "b", {}, txn::Ballot::refused), Verdict::rolled_back);
  const txn::Xid reader = begin();
  EXPECT_EQ(vote(reader, "a", {}, txn::Ballot::read_only), Verdict::taken);
  EXPECT_EQ(vote(reader, "b", {}, txn::Ballot::read_only), Verdict::taken);
  commit(reader);
  node.turn();
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_EQ(answers[0].verdict, Verdict::nothing_to_commit);
  EXPECT_EQ(outcome(reader), Verdict::nothing_to_commit);
  EXPECT_EQ(node.node().applied().index, before);
}

TEST_F(NodeCoordinatorTest, AJumpOfTheWallClockMovesNoDeadline) {
  const txn::Xid xid = begin_with_votes();
  node.jump_wall_clock(3'600'000);
  node.pass(1'000);
  EXPECT_EQ(outcome(xid), Verdict::open);
  node.jump_wall_clock(-7'200'000);
  node.pass(1'000);
  EXPECT_EQ(outcome(xid), Verdict::open);
  EXPECT_TRUE(coordinator().leading()->clock_is_off());
  node.pass(29'000);
  EXPECT_EQ(outcome(xid), Verdict::rolled_back);
}

TEST_F(NodeCoordinatorTest, TheClockOfATermDoesNotGoBackBehindTheLog) {
  commit(begin_with_votes());
  node.turn();
  const std::uint64_t then = coordinator().leading()->clock_ms();
  node.jump_wall_clock(-600'000);
  node.restart();
  node.until_it_leads();
  EXPECT_GE(coordinator().leading()->clock_ms(), then);
}

TEST_F(NodeCoordinatorTest, ShowsWhatATransactionWaitsFor) {
  const txn::Xid xid = begin_with_votes();
  EXPECT_EQ(coordinator().show(xid)->state, "open");
  commit(xid);
  node.turn();
  const auto shown = coordinator().show(xid);
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->state, "committing");
  EXPECT_EQ(shown->waiting_for, "branch a of a to commit: no process that serves a is connected");
  EXPECT_EQ(coordinator().list({.state = "committing", .resource = "", .limit = 10}).size(), 1u);
  EXPECT_TRUE(coordinator().list({.state = "open", .resource = "", .limit = 10}).empty());
}

TEST_F(NodeCoordinatorTest, SaysWhyATransactionWasRolledBack) {
  const txn::Xid xid = begin();
  EXPECT_EQ(vote(xid, "a", {}, txn::Ballot::refused), Verdict::rolled_back);
  node.pass(40'000);
  const auto shown = coordinator().show(xid);
  ASSERT_TRUE(shown.has_value());
  EXPECT_EQ(shown->state, "rolled_back");
  EXPECT_EQ(shown->reason, "vote_refused");
}

TEST_F(NodeCoordinatorTest, AForcedBranchIsOnRecordAndHoldsNothingUp) {
  const txn::Xid xid = begin_with_votes();
  commit(xid);
  node.turn();
  std::vector<bool> forced;
  const auto done = [&](Result<void, Problem> result) { forced.push_back(result.ok()); };
  coordinator().force(xid, *txn::BranchName::from("zz"), true, {"ann", "typing error"}, done);
  coordinator().force(xid, *txn::BranchName::from("a"), true, {"ann", "database is gone"}, done);
  coordinator().force(xid, *txn::BranchName::from("b"), false, {"ann", "database is gone"}, done);
  node.turn();
  EXPECT_EQ(forced, (std::vector{false, true, true}));
  node.pass(2'000);
  EXPECT_EQ(coordinator().machine().decisions().unfinished(), 0u);
  const auto shown = coordinator().show(xid);
  ASSERT_EQ(shown->forced.size(), 2u);
  EXPECT_EQ(shown->forced[0].who, "ann");
  EXPECT_EQ(shown->branches[0].standing, "forced");
  EXPECT_EQ(outcome(xid), Verdict::committed);
}

TEST_F(NodeCoordinatorTest, AFullBacklogRefusesNewVotesAndHidesNoOutcome) {
  const txn::Xid earlier = begin_with_votes();
  node.restart();
  node.until_it_leads();
  // Undelivered commands fill the backlog of "a" up to its limit.
  for (std::size_t i = 0; i < backlog_max; ++i) commit(begin_with_votes());
  node.turn();
  EXPECT_EQ(vote(begin(), "a"), Verdict::overloaded);
  EXPECT_EQ(vote(begin(), "c"), Verdict::taken) << "of a resource that keeps up";
  EXPECT_EQ(vote(earlier, "a"), Verdict::rolled_back) << "of an earlier term";
}

TEST_F(NodeCoordinatorTest, TellsEveryoneWhereItsNodeIs) {
  EXPECT_EQ(coordinator().leader_address(), "client:1");
}

TEST_F(NodeCoordinatorTest, IsReadyWhenEveryCheckIs) {
  for (const Check& check : coordinator().checks())
    EXPECT_TRUE(check.ok) << check.name << ": " << check.detail;
  node.restart();
  bool all = true;
  for (const Check& check : coordinator().checks()) all = all && check.ok;
  EXPECT_FALSE(all);
}

}  // namespace
}  // namespace vow::dispatch
