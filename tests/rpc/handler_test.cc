// What clients ask over the wire reaches the coordinator, and what it answers reaches them.
#include "coordinator/rpc/handler.h"

#include <atomic>
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/rpc/blocking_channel.h"
#include "tests/rpc/raw_socket.h"
#include "tests/rpc/served.h"

namespace vow::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using txn::Reason;
using txn::Verdict;

TEST(Handler, AnswersPingWithoutTheLoop) {
  Served served;
  served.start();
  served.loop.stop();
  EXPECT_TRUE(served.client->ping(5s).ok());
}

TEST(Handler, CarriesAVoteWithAllThatIsInIt) {
  Served served;
  txn::Vote seen;
  served.coordinator.on_vote = [&](const txn::Vote& vote) {
    seen = vote;
    return txn::Answer{Verdict::rolled_back, Reason::past_deadline, 3};
  };
  served.start();
  wire::Vote vote = some_vote();
  vote.ballot = wire::Ballot::read_only;
  vote.enlistment = -17;
  const auto answer = served.client->vote(vote, 5s);
  ASSERT_TRUE(answer.ok()) << answer.error().text();
  EXPECT_EQ(answer->verdict, wire::Verdict::rolled_back);
  EXPECT_EQ(answer->reason, static_cast<int>(Reason::past_deadline));
  EXPECT_EQ(answer->unfinished, 3);
  EXPECT_FALSE(answer->__isset.why);
  EXPECT_EQ(seen.xid, some_xid());
  EXPECT_EQ(seen.preparation, (txn::Preparation{*txn::BranchName::from("pay-1"), txn::Nonce(99)}));
  EXPECT_EQ(seen.resource, "payments-db");
  EXPECT_EQ(seen.ballot, txn::Ballot::read_only);
  EXPECT_EQ(seen.session, txn::SessionNumber(5));
  EXPECT_EQ(seen.enlistment, static_cast<std::uint64_t>(-17));
}

TEST(Handler, CarriesAnEnlistment) {
  Served served;
  txn::Enlistment seen;
  served.coordinator.on_enlist = [&](const txn::Enlistment& enlistment) {
    seen = enlistment;
    return ScriptedCoordinator::taken();
  };
  served.start();
  wire::Enlistment enlistment;
  enlistment.xid = txn::to_string(some_xid(4));
  enlistment.branch = "stock";
  enlistment.resource = "stock-db";
  enlistment.session = 8;
  enlistment.enlistment = 77;
  EXPECT_EQ(served.client->enlist(enlistment, 5s)->verdict, wire::Verdict::taken);
  EXPECT_EQ(seen.xid, some_xid(4));
  EXPECT_EQ(seen.branch.view(), "stock");
  EXPECT_EQ(seen.resource, "stock-db");
  EXPECT_EQ(seen.session, txn::SessionNumber(8));
  EXPECT_EQ(seen.enlistment, 77u);
}

TEST(Handler, CarriesACommitAndItsLaterAnswer) {
  Served served;
  dispatch::Commit seen;
  dispatch::AnswerDone later;
  served.coordinator.on_commit = [&](dispatch::Commit commit, dispatch::AnswerDone done) {
    seen = std::move(commit);
    later = std::move(done);
  };
  // The next call answers the one before it.
  served.coordinator.on_begin = [&](std::uint32_t) -> Result<dispatch::Begun, dispatch::Problem> {
    later({Verdict::committed, Reason::none, 2});
    return dispatch::Begun{some_xid(9)};
  };
  served.start();
  wire::Commit commit;
  commit.xid = txn::to_string(some_xid());
  commit.named = {some_vote().preparation};
  commit.wait_finished_ms = 250;
  std::promise<wire::Answer> committed;
  served.client->commit(commit, 5s, [&](auto answer) { committed.set_value(*answer); });
  EXPECT_EQ(*served.client->begin(30, 5s), txn::to_string(some_xid(9)));
  const wire::Answer answer = committed.get_future().get();
  EXPECT_EQ(answer.verdict, wire::Verdict::committed);
  EXPECT_EQ(answer.unfinished, 2);
  EXPECT_EQ(seen.xid, some_xid());
  ASSERT_THAT(seen.named, SizeIs(1));
  EXPECT_EQ(seen.named[0].nonce, txn::Nonce(99));
  EXPECT_EQ(seen.wait_finished_ms, 250u);
}

TEST(Handler, CarriesRollbackAndQuestions) {
  Served served;
  std::uint32_t waited = 0;
  served.coordinator.on_rollback = [&](const txn::Xid&, std::uint32_t wait_ms, dispatch::AnswerDone done) {
    waited = wait_ms;
    done({Verdict::rolled_back, Reason::asked});
  };
  std::optional<txn::Preparation> of;
  txn::Asker asker = txn::Asker::watcher;
  served.coordinator.on_outcome = [&](const txn::Xid&, const auto& preparation, txn::Asker who) {
    of = preparation;
    asker = who;
    return txn::Answer{Verdict::forgotten};
  };
  served.start();
  wire::Rollback rollback;
  rollback.xid = txn::to_string(some_xid());
  rollback.wait_finished_ms = 40;
  EXPECT_EQ(served.client->rollback(rollback, 5s)->verdict, wire::Verdict::rolled_back);
  EXPECT_EQ(waited, 40u);

  wire::Question question;
  question.xid = txn::to_string(some_xid());
  EXPECT_EQ(served.client->outcome(question, 5s)->verdict, wire::Verdict::forgotten);
  EXPECT_EQ(of, std::nullopt);
  EXPECT_EQ(asker, txn::Asker::watcher);
  question.__set_preparation(some_vote().preparation);
  question.asker = wire::Asker::involved;
  EXPECT_TRUE(served.client->outcome(question, 5s).ok());
  ASSERT_TRUE(of.has_value());
  EXPECT_EQ(of->nonce, txn::Nonce(99));
  EXPECT_EQ(asker, txn::Asker::involved);
}

TEST(Handler, CarriesSessions) {
  Served served;
  dispatch::OpenSession seen;
  txn::SessionNumber closed;
  served.coordinator.on_open_session = [&](const dispatch::OpenSession& request) {
    seen = request;
    return dispatch::SessionOpened{txn::SessionNumber(12), 0xfedcba98u, 34, Term(56), 78, 90, 11};
  };
  served.coordinator.on_close_session = [&](txn::SessionNumber session) { closed = session; };
  served.start();
  wire::OpenSession open;
  open.process = "payments/1@host";
  open.serves.resize(1);
  open.serves[0].resource = "payments-db";
  open.serves[0].weight = 3;
  const auto opened = served.client->open_session(open, 5s);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->session, 12);
  EXPECT_EQ(opened->cell, 0xfedcba98);
  EXPECT_EQ(opened->incarnation, 34);
  EXPECT_EQ(opened->term, 56);
  EXPECT_EQ(opened->clock_ms, 78);
  EXPECT_EQ(opened->expires_after_ms, 90);
  EXPECT_EQ(opened->timeout_s_max, 11);
  EXPECT_EQ(seen.process, "payments/1@host");
  ASSERT_THAT(seen.serves, SizeIs(1));
  EXPECT_EQ(seen.serves[0].resource, "payments-db");
  EXPECT_EQ(seen.serves[0].weight, 3u);
  EXPECT_TRUE(served.client->close_session(12, 5s).ok());
  EXPECT_EQ(closed, txn::SessionNumber(12));
}

TEST(Handler, CarriesPollsAndReports) {
  Served served;
  served.coordinator.on_poll = [&](const dispatch::Poll& poll, dispatch::PollDone done) {
    EXPECT_EQ(poll.session, txn::SessionNumber(12));
    EXPECT_EQ(poll.commands_max, 10u);
    EXPECT_EQ(poll.wait_ms, 500u);
    const dispatch::Command command{
        txn::Action::rollback, some_xid(3), {*txn::BranchName::from("b"), txn::Nonce(5)}, "db", 4};
    done(dispatch::Polled{1234, Term(5), {command}});
  };
  std::vector<dispatch::Report> reported;
  served.coordinator.on_report = [&](txn::SessionNumber, const dispatch::Report& report) {
    reported.push_back(report);
  };
  served.start();
  wire::Poll poll;
  poll.session = 12;
  poll.commands_max = 10;
  poll.wait_ms = 500;
  const auto polled = served.client->poll(poll, 5s);
  ASSERT_TRUE(polled.ok());
  EXPECT_EQ(polled->clock_ms, 1234);
  EXPECT_EQ(polled->term, 5);
  ASSERT_THAT(polled->commands, SizeIs(1));
  const wire::Command& command = polled->commands[0];
  EXPECT_EQ(command.action, wire::Action::rollback);
  EXPECT_EQ(command.xid, txn::to_string(some_xid(3)));
  EXPECT_EQ(command.resource, "db");
  EXPECT_EQ(command.attempt, 4);

  wire::Report report;
  report.xid = command.xid;
  report.preparation = command.preparation;
  report.action = command.action;
  report.__set_error("the database is down");
  report.elsewhere = true;
  EXPECT_TRUE(served.client->report(12, {report}, 5s).ok());
  ASSERT_THAT(reported, SizeIs(1));
  EXPECT_EQ(reported[0].xid, some_xid(3));
  EXPECT_EQ(reported[0].action, txn::Action::rollback);
  EXPECT_EQ(reported[0].error, "the database is down");
  EXPECT_TRUE(reported[0].elsewhere);
  EXPECT_FALSE(reported[0].done);
}

TEST(Handler, AnswersManyInTheOrderOfTheRequestsWhenTheLastIsKnown) {
  Served served;
  std::vector<std::pair<std::uint32_t, dispatch::AnswerDone>> waiting;
  served.coordinator.on_commit = [&](const dispatch::Commit& commit, dispatch::AnswerDone done) {
    waiting.emplace_back(commit.xid.sequence, std::move(done));
    if (waiting.size() < 3) return;
    for (auto each = waiting.rbegin(); each != waiting.rend(); ++each)
      each->second({Verdict::committed, Reason::none, each->first});
  };
  served.start();
  std::vector<wire::Commit> commits(4);
  for (std::uint32_t i = 0; i < 4; ++i) commits[i].xid = txn::to_string(some_xid(i));
  commits[2].xid = "nonsense";
  const auto answers = served.client->commits(commits, 5s);
  ASSERT_TRUE(answers.ok());
  ASSERT_THAT(*answers, SizeIs(4));
  EXPECT_EQ((*answers)[0].unfinished, 0);
  EXPECT_EQ((*answers)[1].unfinished, 1);
  EXPECT_EQ((*answers)[2].verdict, wire::Verdict::invalid);
  EXPECT_THAT((*answers)[2].why, HasSubstr("'nonsense' is no xid"));
  EXPECT_EQ((*answers)[3].unfinished, 3);
}

TEST(Handler, AnswersManyVotesEnlistmentsRollbacksAndQuestions) {
  Served served;
  served.start();
  EXPECT_THAT(*served.client->votes({some_vote(1), some_vote(2)}, 5s), SizeIs(2));
  wire::Enlistment enlistment;
  enlistment.xid = some_vote().xid;
  enlistment.branch = "b";
  enlistment.resource = "db";
  EXPECT_EQ((*served.client->enlistments({enlistment}, 5s))[0].verdict, wire::Verdict::taken);
  wire::Rollback rollback;
  rollback.xid = some_vote().xid;
  EXPECT_EQ((*served.client->rollbacks({rollback}, 5s))[0].verdict, wire::Verdict::rolled_back);
  wire::Question question;
  question.xid = some_vote().xid;
  EXPECT_EQ((*served.client->outcomes({question}, 5s))[0].verdict, wire::Verdict::open);
  EXPECT_THAT(*served.client->votes({}, 5s), SizeIs(0));
}

TEST(Handler, SaysWhatIsWrongWithARequestAndAsksNobody) {
  Served served;
  std::atomic<int> asked = 0;
  served.coordinator.on_vote = [&](const txn::Vote&) {
    ++asked;
    return ScriptedCoordinator::taken();
  };
  served.start();
  const auto why = [&](auto change) {
    wire::Vote vote = some_vote();
    change(vote);
    const auto answer = served.client->vote(vote, 5s);
    EXPECT_EQ(answer->verdict, wire::Verdict::invalid);
    return answer->why;
  };
  EXPECT_THAT(why([](wire::Vote& v) { v.xid = "x\n"; }), HasSubstr("'x?' is no xid"));
  EXPECT_THAT(why([](wire::Vote& v) { v.xid = std::string(5000, 'x'); }), SizeIs(::testing::Lt(200)));
  EXPECT_THAT(why([](wire::Vote& v) { v.preparation.branch = "Upper"; }), HasSubstr("'Upper' is no branch"));
  EXPECT_THAT(why([](wire::Vote& v) { v.preparation.nonce = 0; }), HasSubstr("nonce 0 is out of range"));
  EXPECT_THAT(why([](wire::Vote& v) { v.preparation.nonce = 1ll << 40; }), HasSubstr("out of range"));
  EXPECT_THAT(why([](wire::Vote& v) { v.resource.clear(); }), HasSubstr("'' is no resource"));
  EXPECT_THAT(why([](wire::Vote& v) { v.resource = std::string(65, 'r'); }), HasSubstr("is no resource"));
  EXPECT_THAT(why([](wire::Vote& v) { v.session = -1; }), HasSubstr("session -1 is out of range"));
  EXPECT_THAT(why([](wire::Vote& v) { v.ballot = static_cast<wire::Ballot::type>(9); }),
              HasSubstr("ballot 9 is out of range"));
  EXPECT_EQ(asked, 0);

  const auto begun = served.client->begin(0, 5s);
  ASSERT_FALSE(begun.ok());
  ASSERT_NE(begun.error().problem(), nullptr);
  EXPECT_EQ(begun.error().problem()->code, wire::ProblemCode::invalid);
  EXPECT_THAT(begun.error().text(), HasSubstr("timeout_s 0 is out of range"));
}

TEST(Handler, ValidatesEveryKindOfRequest) {
  Served served;
  served.start();
  EXPECT_EQ(served.client->enlist({}, 5s)->verdict, wire::Verdict::invalid);
  EXPECT_EQ(served.client->commit({}, 5s)->verdict, wire::Verdict::invalid);
  EXPECT_EQ(served.client->rollback({}, 5s)->verdict, wire::Verdict::invalid);
  EXPECT_EQ(served.client->outcome({}, 5s)->verdict, wire::Verdict::invalid);
  wire::Commit commit;
  commit.xid = some_vote().xid;
  commit.named.resize(2);
  EXPECT_THAT(served.client->commit(commit, 5s)->why, HasSubstr("'' is no branch"));
  wire::OpenSession open;
  open.process = std::string(257, 'p');
  EXPECT_THAT(served.client->open_session(open, 5s).error().text(), HasSubstr("257 bytes, of at most 256"));
  open.process.clear();
  open.serves.resize(1);
  EXPECT_THAT(served.client->open_session(open, 5s).error().text(), HasSubstr("'' is no resource"));
  EXPECT_THAT(served.client->close_session(-1, 5s).error().text(), HasSubstr("session -1"));
  wire::Poll poll;
  poll.commands_max = 0;
  EXPECT_THAT(served.client->poll(poll, 5s).error().text(), HasSubstr("commands_max 0"));
  EXPECT_THAT(served.client->report(1, {{}}, 5s).error().text(), HasSubstr("report 1 of 1: '' is no xid"));
  EXPECT_EQ(served.loop.tasks_run(), 0u);
}

TEST(Handler, PassesProblemsOnAndNamesTheLeader) {
  Served served;
  served.coordinator.leader = "node-2:7400";
  served.coordinator.on_vote = [](const txn::Vote&) { return txn::Answer{Verdict::ask_leader}; };
  served.coordinator.on_poll = [](const auto&, dispatch::PollDone done) {
    done(Failure{dispatch::Problem{dispatch::Problem::Code::no_session, "open another", "node-3:7400"}});
  };
  served.start();
  const auto answer = served.client->vote(some_vote(), 5s);
  EXPECT_EQ(answer->verdict, wire::Verdict::ask_leader);
  EXPECT_EQ(answer->leader, "node-2:7400");
  const auto polled = served.client->poll({}, 5s);
  ASSERT_FALSE(polled.ok());
  ASSERT_NE(polled.error().problem(), nullptr);
  EXPECT_EQ(polled.error().problem()->code, wire::ProblemCode::no_session);
  EXPECT_EQ(polled.error().problem()->leader, "node-3:7400");
}

TEST(Handler, TellsEachCallThatTheLoopRefusesThatItIsOverloaded) {
  Served served({}, {}, /*tasks_max=*/0);
  served.start();
  EXPECT_EQ(served.client->vote(some_vote(), 5s)->verdict, wire::Verdict::overloaded);
  const auto many = served.client->votes({some_vote(1), some_vote(2)}, 5s);
  ASSERT_THAT(*many, SizeIs(2));
  EXPECT_EQ((*many)[1].verdict, wire::Verdict::overloaded);
  const auto begun = served.client->begin(30, 5s);
  ASSERT_NE(begun.error().problem(), nullptr);
  EXPECT_EQ(begun.error().problem()->code, wire::ProblemCode::overloaded);
  EXPECT_EQ(served.server->figures().calls_in_flight, 0u);
}

TEST(Handler, BoundsTheCallsThatWait) {
  Served served({}, {.limits = {}, .waiting_max = 2});
  served.coordinator.on_poll = [](const auto&, const auto&) {};  // for ever
  served.start();
  const auto poll = [&](std::size_t nth) {
    served.client->poll({}, 60s, [](const auto&) {});
    return eventually([&] { return served.loop.tasks_run() == nth; });
  };
  ASSERT_TRUE(poll(1));
  EXPECT_EQ(served.client->vote(some_vote(), 5s)->verdict, wire::Verdict::taken);
  ASSERT_TRUE(poll(3));
  EXPECT_EQ(served.client->vote(some_vote(), 5s)->verdict, wire::Verdict::overloaded);
}

TEST(Handler, CrossesToTheLoopOnceForABurst) {
  Served served;
  served.start();
  ASSERT_TRUE(served.client->ping(5s).ok());
  constexpr int calls = 200;
  std::atomic<int> answered = 0;
  std::promise<void> all;
  // From the reactor's thread, so that they leave together.
  served.client->ping(5s, [&](const auto&) {
    for (int i = 0; i < calls; ++i)
      served.client->vote(some_vote(), 5s, [&](const auto& answer) {
        EXPECT_TRUE(answer.ok());
        if (++answered == calls) all.set_value();
      });
  });
  all.get_future().wait();
  EXPECT_LT(served.loop.tasks_run(), 10u);
}

TEST(Handler, AnswersACallOfANewerClientAndLetsTheConnectionLive) {
  Served served;
  served.start();
  std::optional<CallFailure> failure;
  struct NoArguments {
    void write(apache::thrift::protocol::TProtocol* to) const { to->writeFieldStop(); }
  };
  served.channel->call_and_wait(CallFrame::encode("teleport", NoArguments()), 5s,
                                [&](const CallOutcome& outcome) { failure = *outcome.failure; });
  EXPECT_EQ(failure->kind, CallFailure::Kind::refused);
  EXPECT_THAT(failure->what, HasSubstr("knows no call 'teleport'"));
  EXPECT_TRUE(served.client->ping(5s).ok());
  EXPECT_EQ(served.server->figures().accepted, 1u);
}

TEST(Handler, ForgetsAnswersWhoseConnectionIsGone) {
  Served served;
  dispatch::PollDone later;
  served.coordinator.on_poll = [&](const auto&, dispatch::PollDone done) { later = std::move(done); };
  served.coordinator.on_close_session = [&](auto) { later(dispatch::Polled{}); };
  served.start();
  served.client->poll({}, 60s, [](const auto& polled) {
    EXPECT_EQ(polled.error().failure()->kind, CallFailure::Kind::unanswered);
  });
  ASSERT_TRUE(eventually([&] { return served.loop.tasks_run() == 1; }));
  served.channel = std::make_unique<Channel>(served.reactor, ChannelOptions{.port = served.port});
  served.client = std::make_unique<Client>(*served.channel);
  ASSERT_TRUE(eventually([&] { return served.server->figures().connections == 0; }));
  EXPECT_TRUE(served.client->close_session(1, 5s).ok());
  EXPECT_TRUE(served.client->ping(5s).ok());
  EXPECT_EQ(served.server->figures().calls_in_flight, 0u);
}

TEST(Handler, MayBeGoneBeforeTheLastAnswer) {
  Served served;
  dispatch::PollDone later;
  served.coordinator.on_poll = [&](const auto&, dispatch::PollDone done) { later = std::move(done); };
  served.start();
  std::promise<void> failed;
  served.client->poll({}, 60s, [&](const auto&) { failed.set_value(); });
  ASSERT_TRUE(eventually([&] { return served.loop.tasks_run() == 1; }));
  served.server.reset();  // and with it the last owner of the handler
  failed.get_future().wait();
  std::promise<void> answered;
  ASSERT_TRUE(served.loop.post([&](auto&) { later(dispatch::Polled{}); }));
  ASSERT_TRUE(served.loop.post([&](auto&) { answered.set_value(); }));
  answered.get_future().wait();
}

TEST(BlockingChannel, CallsOneAfterAnotherAndConnectsAgain) {
  Served served;
  served.start();
  BlockingChannel channel({.port = served.port});
  Client client(channel);
  EXPECT_TRUE(client.ping(5s).ok());
  EXPECT_EQ(client.vote(some_vote(), 5s)->verdict, wire::Verdict::taken);
  EXPECT_EQ(served.server->figures().accepted, 1u);
  served.server->stop();
  const auto lost = client.ping(5s);
  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().failure()->kind, CallFailure::Kind::unanswered);
  EXPECT_EQ(client.ping(5s).error().failure()->kind, CallFailure::Kind::unsent);
}

TEST(BlockingChannel, DropsAnAnswerThatComesAfterItsDeadline) {
  Served served;
  std::vector<dispatch::PollDone> waiting;
  served.coordinator.on_poll = [&](const auto&, dispatch::PollDone done) {
    waiting.push_back(std::move(done));
  };
  served.coordinator.on_vote = [&](const txn::Vote&) {
    for (const auto& done : waiting) done(dispatch::Polled{});
    waiting.clear();
    return ScriptedCoordinator::taken();
  };
  served.start();
  BlockingChannel channel({.port = served.port});
  Client client(channel);
  ASSERT_TRUE(client.ping(10s).ok());  // it is connected
  const auto late = client.poll({}, 200ms);
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().failure()->kind, CallFailure::Kind::unanswered);
  EXPECT_THAT(late.error().text(), HasSubstr("the deadline passed"));
  EXPECT_EQ(client.vote(some_vote(), 5s)->verdict, wire::Verdict::taken);
  EXPECT_EQ(client.vote(some_vote(), 5s)->verdict, wire::Verdict::taken);
  EXPECT_EQ(served.server->figures().accepted, 1u);
}

}  // namespace
}  // namespace vow::rpc
