// What clients that are slow, silent, many or gone cannot do: hold threads that others need.
#include <algorithm>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/http/front.h"

namespace vow::http {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr milliseconds soon{10'000};

Options few_threads() {
  Options options = test_options();
  options.threads_max = 12;
  options.connections_max = 24;
  options.waits_max = 2;
  options.polls_max = 2;
  return options;
}

// Polls that are never answered but by the test.
class SilentPolls {
 public:
  explicit SilentPolls(Front& front) : front_(front) {
    front.with([this](FakeCoordinator& coordinator) {
      coordinator.on_poll = [this](const auto&, dispatch::PollDone done) {
        waiting_.push_back(std::move(done));
      };
    });
  }
  ~SilentPolls() {
    front_.with([this](FakeCoordinator& coordinator) {
      coordinator.on_poll = [](const auto&, const auto& done) { done(dispatch::Polled{}); };
      waiting_.clear();
    });
  }
  void await(std::size_t count) {
    for (std::size_t now = 0; now < count;) {
      front_.with([&](FakeCoordinator&) { now = waiting_.size(); });
      std::this_thread::yield();
    }
  }

 private:
  Front& front_;
  std::vector<dispatch::PollDone> waiting_;  // used by the loop alone
};

std::string a_poll() { return request_text("POST", "/v1/sessions/1/poll", R"({"wait_ms":60000})"); }

TEST(Limits, PollsLeaveThreadsForEverythingElse) {
  Front front(few_threads());
  SilentPolls polls(front);
  std::deque<Wire> wires;
  for (int i = 0; i < 2; ++i) wires.emplace_back(front.port()).send(a_poll());
  polls.await(2);

  const Reply third = front.post("/v1/sessions/1/poll");
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.headers.at("retry-after"), "1");
  EXPECT_EQ(third.problem(),
            "overloaded: as many requests of this kind are in progress as may be, 2; this one was not "
            "carried out: try "
            "again later");
  EXPECT_EQ(front.post(transaction("/rollback")).status, 200);
  EXPECT_EQ(front.get("/v1/cluster").status, 200);
  EXPECT_EQ(front.get("/livez").status, 200);
  EXPECT_THAT(front.get("/metrics").body, HasSubstr("vow_http_requests_in_progress{kind=\"polls\"} 2\n"));
}

TEST(Limits, HealthHasThreadsThatNobodyElseCanTake) {
  Front front(few_threads());
  std::deque<Wire> wires;
  {
    const FakeLoop::Pause pause(front.loop);
    // Eight may wait for the loop; all others are refused without it.
    for (int i = 0; i < 9; ++i) wires.emplace_back(front.port()).send(request_text("GET", "/v1/cluster"));
    std::size_t refused = 0;
    for (Wire& wire : wires) {
      if (wire.is_closed(milliseconds(0))) ++refused;
    }
    EXPECT_EQ(refused, 0u);
    EXPECT_THAT(front.get("/metrics").body, HasSubstr("vow_loop_answers 0\n"));
  }
  std::map<int, int> statuses;
  for (Wire& wire : wires) ++statuses[wire.read().status];
  EXPECT_EQ(statuses, (std::map<int, int>{{200, 8}, {503, 1}}));
}

TEST(Limits, AClientThatLeavesGivesItsThreadBack) {
  Front front(few_threads());
  SilentPolls polls(front);
  {
    Wire first(front.port());
    Wire second(front.port());
    first.send(a_poll());
    second.send(a_poll());
    polls.await(2);
    EXPECT_EQ(front.post("/v1/sessions/1/poll", R"({"wait_ms":0})").status, 503);
  }
  const auto until = std::chrono::steady_clock::now() + soon;
  std::string figures;
  const std::string none = "vow_http_requests_in_progress{kind=\"polls\"} 0\n";
  while (figures.find(none) == std::string::npos && std::chrono::steady_clock::now() < until) {
    figures = front.get("/metrics").body;
  }
  EXPECT_THAT(figures, HasSubstr(none));
}

TEST(Limits, ARequestThatDoesNotArriveInTimeIsToldSo) {
  Options options = few_threads();
  options.read_ms_max = 200;
  Front front(options);
  for (const std::string_view begun : {"", "GET /livez HT", "GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: y",
                                       "POST /v1/sessions HTTP/1.1\r\nContent-Length: 9\r\n\r\n{\"pro"}) {
    Wire wire(front.port());
    wire.send(begun);
    const Reply reply = wire.read();
    EXPECT_EQ(reply.status, 408) << begun;
    EXPECT_EQ(reply.problem(), "invalid: the whole request must arrive within 200 ms");
    EXPECT_TRUE(wire.is_closed(soon));
  }
}

TEST(Limits, DripsOfBytesDoNotProlongARequest) {
  Options options = few_threads();
  options.read_ms_max = 200;
  Front front(options);
  Wire wire(front.port());
  wire.send("GET /livez HTTP/1.1\r\n");
  const auto begun = std::chrono::steady_clock::now();
  while (!wire.is_closed(milliseconds(20)) && wire.send("X-Drip: 1\r\n")) {
    if (wire.has_something()) break;
  }
  EXPECT_EQ(wire.read().status, 408);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, soon);
}

TEST(Limits, ConnectionsThatIdleAreClosed) {
  Options options = few_threads();
  options.idle_ms_max = 100;
  Front front(options);
  Wire wire(front.port());
  wire.send(request_text("GET", "/livez"));
  EXPECT_EQ(wire.read().status, 200);
  EXPECT_TRUE(wire.is_closed(soon));
}

TEST(Limits, ClientsThatDoNotReadAreCutOff) {
  Options options = few_threads();
  options.write_ms_max = 200;
  Front front(options);
  front.with([](FakeCoordinator& coordinator) {
    coordinator.on_list = [](const auto&) {
      std::vector<dispatch::TransactionShown> many(1'000);
      for (auto& each : many) each.waiting_for = std::string(8'000, 'x');
      return many;
    };
  });
  Wire wire(front.port(), 4096);
  wire.send(request_text("GET", "/v1/transactions?limit=1000"));
  const std::string cut_off = "vow_http_connections_dropped_total{why=\"slow\"} 1\n";
  const auto until = std::chrono::steady_clock::now() + soon;
  std::string figures;
  while (figures.find(cut_off) == std::string::npos && std::chrono::steady_clock::now() < until) {
    figures = front.get("/metrics").body;
  }
  EXPECT_THAT(figures, HasSubstr(cut_off));
}

TEST(Limits, SlowClientsMakeRoomForOthers) {
  Front front(few_threads());
  std::deque<Wire> slow;
  for (int i = 0; i < 40; ++i) {
    slow.emplace_back(front.port()).send("GET /livez HTTP/1.1\r\n");
    EXPECT_EQ(front.get("/livez").status, 200) << i;
  }
  const Reply first = slow.front().read();
  EXPECT_EQ(first.status, 503);
  EXPECT_EQ(first.problem(), "overloaded: too many connections wait for their turn: try again later");
  EXPECT_FALSE(slow.back().is_closed(milliseconds(0)));
}

TEST(Limits, IdleConnectionsMakeRoomBeforeBusyOnes) {
  Front front(few_threads());
  SilentPolls polls(front);
  Wire busy(front.port());
  busy.send(a_poll());
  Wire reading(front.port());
  reading.send("GET /livez HTTP/1.1\r\n");
  std::deque<Wire> idle;
  for (int i = 0; i < 10; ++i) {
    idle.emplace_back(front.port()).send(request_text("GET", "/livez"));
    EXPECT_EQ(idle.back().read().status, 200);
  }
  for (int i = 0; i < 5; ++i) EXPECT_EQ(front.get("/livez").status, 200);
  EXPECT_TRUE(idle.front().is_closed(soon));
  EXPECT_FALSE(busy.is_closed(milliseconds(0)));
  reading.send("\r\n");
  EXPECT_EQ(reading.read().status, 200);
}

TEST(Limits, AnsweredConnectionsGiveWayToThoseThatWait) {
  Front front(few_threads());
  const auto is_answered = [](Wire& wire) { return wire.has_something(); };
  std::deque<Wire> served;
  std::deque<Wire> waiting;
  {
    const FakeLoop::Pause pause(front.loop);
    for (int i = 0; i < 8; ++i) served.emplace_back(front.port()).send(request_text("GET", "/v1/cluster"));
    for (int i = 0; i < 4; ++i) served.emplace_back(front.port()).send(request_text("GET", "/livez"));
    // Each waits for the loop by now, or is answered: one that is not read yet would be taken for an idle
    // one.
    const auto until = std::chrono::steady_clock::now() + soon;
    const auto read = [&] {
      return front.loop.waiting() +
             static_cast<std::size_t>(std::count_if(served.begin(), served.end(), is_answered));
    };
    while (read() < served.size() && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    for (int i = 0; i < 5; ++i) waiting.emplace_back(front.port()).send(request_text("GET", "/v1/cluster"));
  }
  for (Wire& wire : served) EXPECT_NE(wire.read().status, 0);
  for (Wire& wire : waiting) EXPECT_EQ(wire.read().status, 200);
}

TEST(Limits, MoreConnectionsThanMayWaitAreTurnedAway) {
  Options options = few_threads();
  options.connections_max = 12;
  Front front(options);
  const FakeLoop::Pause pause(front.loop);
  std::deque<Wire> wires;
  for (int i = 0; i < 8; ++i) wires.emplace_back(front.port()).send(request_text("GET", "/v1/cluster"));
  for (int i = 0; i < 4; ++i) wires.emplace_back(front.port()).send(request_text("GET", "/livez"));
  Wire one_more(front.port());
  EXPECT_TRUE(one_more.is_closed(soon));
}

TEST(Limits, TooLargeABodyIsRefusedBeforeItIsRead) {
  Options options = few_threads();
  options.body_bytes_max = 1000;
  Front front(options);
  const std::string sentence = "invalid: a request's body may have 1000 bytes, and this one has more";
  const Reply declared = front.post("/v1/transactions", std::string(1001, ' '));
  EXPECT_EQ(declared.status, 413);
  EXPECT_EQ(declared.problem(), sentence);
  EXPECT_EQ(front.post("/v1/transactions", std::string(985, ' ') + R"({"timeout_s":1})").status, 200);

  // One that sends all of it before it looks for an answer finds one, too.
  Wire busy(front.port());
  EXPECT_TRUE(busy.send(request_text("POST", "/v1/transactions", std::string(4'000'000, ' '))));
  EXPECT_EQ(busy.read().status, 413);

  Wire waiting(front.port());
  waiting.send("POST /v1/transactions HTTP/1.1\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(waiting.read().status, 413);

  Wire chunked(front.port());
  chunked.send("POST /v1/transactions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n400\r\n" +
               std::string(1024, ' ') + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.read().status, 413);
}

TEST(Limits, StoppingTellsThoseWhoWait) {
  Front front(few_threads());
  SilentPolls polls(front);
  Wire polling(front.port());
  polling.send(a_poll());
  polls.await(1);
  Wire committing(front.port());
  std::promise<void> asked;
  front.with([&](FakeCoordinator& coordinator) {
    coordinator.on_commit = [&](const auto&, const auto&) { asked.set_value(); };
  });
  committing.send(request_text("POST", transaction("/commit"), R"({"preparations":[]})"));
  asked.get_future().wait();
  Wire idle(front.port());
  const auto begun = std::chrono::steady_clock::now();
  front.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(4000));
  const Reply poll = polling.read();
  EXPECT_EQ(poll.status, 503);
  EXPECT_THAT(poll.problem(), HasSubstr("not_ready: this node is being stopped"));
  const Reply commit = committing.read();
  EXPECT_EQ(commit.status, 500);
  EXPECT_THAT(commit.problem(),
              HasSubstr("unknown: this node is being stopped; it may yet carry the request out"));
}

TEST(Server, SaysWhyItCannotListen) {
  Front front;
  FakeLoop loop;
  Options options = test_options();
  options.port = front.port();
  const auto taken = Server(options, loop).start();
  ASSERT_FALSE(taken.ok());
  EXPECT_THAT(taken.error(), HasSubstr("HTTP cannot listen at 127.0.0.1:" + std::to_string(front.port())));
  options.address = "no address";
  EXPECT_FALSE(Server(options, loop).start().ok());
}

TEST(Server, SaysWhichOptionsCannotWork) {
  FakeLoop loop;
  Options options = test_options();
  options.threads_max = 55;
  const auto few = Server(options, loop).start();
  ASSERT_FALSE(few.ok());
  EXPECT_EQ(few.error(),
            "55 threads are too few for HTTP: 24 for requests that wait, 24 for polls and 8 for all others "
            "make 56; raise "
            "the first or lower the next two");
  options.threads_max = 64;
  options.connections_max = 63;
  EXPECT_FALSE(Server(options, loop).start().ok());
}

}  // namespace
}  // namespace vow::http
