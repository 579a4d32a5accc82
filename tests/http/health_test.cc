#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/front.h"

namespace vow::http {
namespace {

using dispatch::Metric;
using testing::HasSubstr;
using testing::Not;

TEST(Livez, SaysWhetherTheLoopAnswers) {
  Front front;
  const Reply alive = front.get("/livez");
  EXPECT_EQ(alive.status, 200);
  EXPECT_EQ(alive.body, "ok\n");
  const FakeLoop::Pause pause(front.loop);
  const Reply silent = front.get("/livez");
  EXPECT_EQ(silent.status, 503);
  EXPECT_EQ(silent.body, "the node's loop did not answer within 1000 ms\n");
}

TEST(Readyz, NeedsEveryCheckAndNamesThoseThatFail) {
  Front front;
  front.with([](FakeCoordinator& coordinator) {
    coordinator.checks_shown = {{"leader", true, "node 1 leads"}, {"disk", true, "there is room"}};
  });
  EXPECT_EQ(front.get("/readyz").status, 200);
  EXPECT_EQ(front.get("/readyz").body, "ready\n");
  front.with([](FakeCoordinator& coordinator) {
    coordinator.checks_shown[1] = {"disk", false, "no room is left"};
  });
  const Reply reply = front.get("/readyz");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.headers.at("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(reply.body, "[not ok] disk: no room is left\nnot ready\n");
}

TEST(Readyz, ListsAllWhenVerbose) {
  Front front;
  front.with([](FakeCoordinator& coordinator) {
    coordinator.checks_shown = {{"leader", true, "node 1 leads"}, {"disk", false, "no room is left"}};
  });
  const std::string all = "[ok] leader: node 1 leads\n[not ok] disk: no room is left\nnot ready\n";
  EXPECT_EQ(front.get("/readyz?verbose").body, all);
  EXPECT_EQ(front.get("/readyz?verbose=true").body, all);
  EXPECT_EQ(front.get("/readyz?verbose=false").body, "[not ok] disk: no room is left\nnot ready\n");
}

TEST(Metrics, AreThoseOfTheCoordinator) {
  Front front;
  front.with([](FakeCoordinator& coordinator) {
    coordinator.metrics_shown = {
        {"vow_transactions_open", "Open transactions.", Metric::Kind::gauge, {{"state", "open"}}, 3},
        {"vow_decide_seconds",
         "How long deciding took.",
         Metric::Kind::histogram,
         {},
         1.5,
         {{0.001, 4}, {std::numeric_limits<double>::infinity(), 6}}},
        {"vow_transactions_open", "Open transactions.", Metric::Kind::gauge, {{"state", "deciding"}}, 1},
        {"vow_commits_total", "Commits.", Metric::Kind::counter, {}, 17},
    };
  });
  const Reply reply = front.get("/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(reply.body, HasSubstr("# HELP vow_transactions_open Open transactions.\n"
                                    "# TYPE vow_transactions_open gauge\n"
                                    "vow_transactions_open{state=\"open\"} 3\n"
                                    "vow_transactions_open{state=\"deciding\"} 1\n"));
  EXPECT_THAT(reply.body, HasSubstr("# TYPE vow_decide_seconds histogram\n"
                                    "vow_decide_seconds_count 6\n"
                                    "vow_decide_seconds_sum 1.5\n"
                                    "vow_decide_seconds_bucket{le=\"0.001\"} 4\n"
                                    "vow_decide_seconds_bucket{le=\"+Inf\"} 6\n"));
  EXPECT_THAT(reply.body, HasSubstr("# TYPE vow_commits_total counter\nvow_commits_total 17\n"));
  EXPECT_THAT(reply.body, HasSubstr("vow_loop_answers 1\n"));
}

TEST(Metrics, CountRequestsByRouteAndNeverByTransaction) {
  Front front;
  Wire wire(front.port());
  const auto ask = [&](std::string_view method, std::string_view target) {
    wire.send(request_text(method, target));
    return wire.read();
  };
  (void)ask("GET", transaction());
  (void)ask("GET", "/no/such/path/" + to_string(FakeCoordinator::some_xid()));
  (void)ask("BREW", "/livez");
  const Reply reply = ask("GET", "/metrics");
  EXPECT_THAT(
      reply.body,
      HasSubstr(R"(vow_http_requests_total{method="GET",route="/v1/transactions/{xid}",status="404"} 1)"));
  EXPECT_THAT(reply.body,
              HasSubstr(R"(vow_http_requests_total{method="other",route="other",status="404"} 1)"));
  EXPECT_THAT(reply.body,
              HasSubstr(R"(vow_http_requests_total{method="other",route="other",status="405"} 1)"));
  EXPECT_THAT(
      reply.body,
      HasSubstr(R"(vow_http_request_duration_seconds_count{method="GET",route="/v1/transactions/{xid}"} 1)"));
  EXPECT_THAT(reply.body, HasSubstr("vow_http_connections 1\n"));
  EXPECT_THAT(reply.body, Not(HasSubstr(to_string(FakeCoordinator::some_xid()))));
}

TEST(Metrics, AreServedWhileTheLoopIsSilent) {
  Front front;
  (void)front.get("/livez");
  const FakeLoop::Pause pause(front.loop);
  const Reply reply = front.get("/metrics");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr("vow_loop_answers 0\n"));
  EXPECT_THAT(reply.body,
              HasSubstr(R"(vow_http_requests_total{method="GET",route="/livez",status="200"} 1)"));
}

}  // namespace
}  // namespace vow::http
