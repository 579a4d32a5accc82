#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/front.h"

namespace vow::http {
namespace {

using dispatch::Problem;
using testing::HasSubstr;

txn::Preparation preparation(std::string_view branch, std::uint64_t nonce) {
  return {*txn::BranchName::from(branch), txn::Nonce(nonce)};
}

TEST(Sessions, AreOpenedWithWhatTheyServe) {
  Front front;
  std::optional<dispatch::OpenSession> heard;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_open_session = [&,
                                   open = coordinator.on_open_session](const dispatch::OpenSession& request) {
      heard = request;
      return open(request);
    };
  });
  const Reply reply = front.post(
      "/v1/sessions", R"({"process":"pay@host","serves":[{"resource":"a","weight":3},{"resource":"b"}]})");
  EXPECT_EQ(
      reply.body,
      R"({"session":5,"cell":7,"incarnation":1,"term":3,"clock_ms":1700000000000,"expires_after_ms":30000,)"
      "\"timeout_s_max\":86400}\n");
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->process, "pay@host");
  ASSERT_EQ(heard->serves.size(), 2u);
  EXPECT_EQ(heard->serves[0].weight, 3u);
  EXPECT_EQ(heard->serves[1].resource, "b");
  EXPECT_EQ(heard->serves[1].weight, 1u);
}

TEST(Sessions, AreClosed) {
  Front front;
  txn::SessionNumber closed;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_close_session = [&](txn::SessionNumber session) { closed = session; };
  });
  EXPECT_EQ(front.remove("/v1/sessions/12").body, "{}\n");
  EXPECT_EQ(closed, txn::SessionNumber(12));
}

TEST(Sessions, PollUntilThereIsACommand) {
  Front front;
  std::promise<dispatch::PollDone> asked;
  dispatch::Poll heard;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_poll = [&](const dispatch::Poll& poll, dispatch::PollDone done) {
      heard = poll;
      asked.set_value(std::move(done));
    };
  });
  Wire wire(front.port());
  wire.send(request_text("POST", "/v1/sessions/12/poll", R"({"commands_max":7,"wait_ms":9000})"));
  const dispatch::PollDone done = asked.get_future().get();
  front.with([&](FakeCoordinator&) {
    done(dispatch::Polled{.clock_ms = 11,
                          .term = Term(4),
                          .commands = {{.action = txn::Action::rollback,
                                        .xid = FakeCoordinator::some_xid(),
                                        .preparation = preparation("a", 9),
                                        .resource = "db",
                                        .attempt = 2}}});
  });
  EXPECT_EQ(wire.read().body, R"({"clock_ms":11,"term":4,"commands":[{"action":"rollback","xid":")" +
                                  to_string(FakeCoordinator::some_xid()) +
                                  R"(","preparation":{"branch":"a","nonce":9},"resource":"db","attempt":2}]})"
                                  "\n");
  EXPECT_EQ(heard.session, txn::SessionNumber(12));
  EXPECT_EQ(heard.commands_max, 7u);
  EXPECT_EQ(heard.wait_ms, 9000u);
}

TEST(Sessions, ReportInBatches) {
  Front front;
  std::vector<std::pair<txn::SessionNumber, dispatch::Report>> heard;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_report = [&](txn::SessionNumber session, const dispatch::Report& report) {
      heard.emplace_back(session, report);
    };
  });
  const std::string xid = to_string(FakeCoordinator::some_xid());
  const Reply reply = front.post(
      "/v1/sessions/12/reports",
      R"({"reports":[{"xid":")" + xid +
          R"(","preparation":{"branch":"a","nonce":1},"action":"commit","done":true},)" + R"({"xid":")" +
          xid +
          R"(","preparation":{"branch":"b","nonce":0},"action":"prepare","done":false,"error":"lost","elsewhere":true}]})");
  EXPECT_EQ(reply.body, "{\"reports\":2}\n");
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(heard[0].first, txn::SessionNumber(12));
  EXPECT_EQ(heard[0].second.preparation, preparation("a", 1));
  EXPECT_TRUE(heard[0].second.done);
  EXPECT_EQ(heard[1].second.action, txn::Action::prepare);
  EXPECT_EQ(heard[1].second.error, "lost");
  EXPECT_TRUE(heard[1].second.elsewhere);
}

TEST(Sessions, AreListed) {
  Front front;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.sessions_shown = {{.session = txn::SessionNumber(5),
                                   .process = "pay@host",
                                   .silent_ms = 10,
                                   .polling = true,
                                   .serves = {{"db", 2}},
                                   .in_flight = 3,
                                   .queued = 4}};
  });
  EXPECT_EQ(
      front.get("/v1/sessions").body,
      R"({"node":"18000000000000000001","leading":true,"sessions":[{"session":5,"process":"pay@host",)"
      R"("silent_ms":10,"polling":true,"serves":[{"resource":"db","weight":2}],"in_flight":3,"queued":4}]})"
      "\n");
}

TEST(Resources, AreListed) {
  Front front;
  front.with([&](FakeCoordinator& coordinator) { coordinator.resources_shown = {{"db", 1, 2, 3, 4, 5}}; });
  EXPECT_THAT(
      front.get("/v1/resources").body,
      HasSubstr(
          R"("resources":[{"resource":"db","instances":1,"backlog":2,"failing":3,"oldest_ms":4,"done":5}])"));
}

TEST(Problems, HaveAStatusEach) {
  const std::vector<std::pair<Problem::Code, int>> statuses{
      {Problem::Code::ask_leader, 421}, {Problem::Code::not_ready, 503},  {Problem::Code::overloaded, 503},
      {Problem::Code::invalid, 400},    {Problem::Code::no_session, 410}, {Problem::Code::not_found, 404},
      {Problem::Code::unknown, 500},
  };
  Front front;
  for (const auto& each : statuses) {
    const Problem::Code code = each.first;
    const int status = each.second;
    front.with([&](FakeCoordinator& coordinator) {
      coordinator.on_poll = [&](const auto&, const dispatch::PollDone& done) {
        done(Failure{Problem{.code = code, .what = "so it is", .leader = "a client address"}});
      };
    });
    const Reply reply = front.post("/v1/sessions/1/poll");
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.problem(), std::string(name(code)) + ": so it is");
    EXPECT_EQ(reply.headers.contains("retry-after"), status == 503);
    // The leader's HTTP address, where that is of use.
    const bool helps = code == Problem::Code::ask_leader || code == Problem::Code::not_ready;
    EXPECT_EQ(reply.member("leader"), helps ? "10.0.0.1:7480" : "(none)");
  }
}

TEST(Problems, OfALoopThatTakesNothingAreOverload) {
  Front front;
  front.loop.refuse_everything(true);
  const Reply reply = front.post(transaction("/rollback"));
  EXPECT_EQ(reply.status, 503);
  EXPECT_THAT(reply.problem(),
              HasSubstr("overloaded: too many requests wait for this node; this one was not carried out"));
}

TEST(Problems, OfALoopThatIsSilentLeaveWritesUnknownAndQuestionsUnanswered) {
  Options options = test_options();
  options.answer_ms_max = 50;
  Front front(options);
  const FakeLoop::Pause pause(front.loop);
  const Reply write = front.post(transaction("/rollback"));
  EXPECT_EQ(write.status, 500);
  EXPECT_THAT(write.problem(),
              HasSubstr("unknown: this node did not answer in time; it may yet carry the request out"));
  const Reply question = front.get(transaction("/outcome"));
  EXPECT_EQ(question.status, 503);
  EXPECT_THAT(question.problem(), HasSubstr("not_ready: this node did not answer in time: try again"));
  EXPECT_EQ(front.get(transaction("/outcome?involved")).status, 500);
}

}  // namespace
}  // namespace vow::http
