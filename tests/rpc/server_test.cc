// What the server promises about each connection, and each of its limits.
#include "coordinator/rpc/server.h"

#include <atomic>
#include <future>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/rpc/blocking_channel.h"
#include "tests/rpc/frames.h"
#include "tests/rpc/raw_socket.h"
#include "tests/rpc/served.h"

namespace vow::rpc {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Nobody else is harmed, whatever was done to one connection.
void expect_honest_clients_served(const Served& served) {
  BlockingChannel channel({.port = served.port});
  const auto pong = Client(channel).ping(10s);
  EXPECT_TRUE(pong.ok()) << pong.error().text() << "; the server said "
                         << ::testing::PrintToString(served.lines.all());
}

void expect_closed(Served& served, const std::string& bytes, const std::string& why) {
  RawSocket hostile = RawSocket::connect(served.port);
  hostile.send(bytes);
  EXPECT_TRUE(hostile.is_closed_within(10s)) << why;
  EXPECT_THAT(served.lines.all(), Contains(HasSubstr(why)));
  expect_honest_clients_served(served);
}

TEST(ServerListens, AtIPv4AndIPv6AndNames) {
  for (const std::string address : {"127.0.0.1", "::1", "localhost"}) {
    ServerOptions options;
    options.address = address;
    Served served(options);
    served.start();
    BlockingChannel channel({.host = address, .port = served.port});
    EXPECT_TRUE(Client(channel).ping(10s).ok()) << address;
  }
}

TEST(ServerListens, OrSaysWhyNot) {
  Served first;
  first.start();
  ServerOptions taken;
  taken.port = first.port;
  ThreadLoop loop(first.coordinator);
  const auto service = std::make_shared<Handler>(HandlerOptions{}, loop, 2);
  const auto in_use = Server(taken, service).start();
  ASSERT_FALSE(in_use.ok());
  EXPECT_THAT(in_use.error(), HasSubstr("Address already in use"));
  ServerOptions elsewhere;
  elsewhere.address = "192.0.2.1";
  EXPECT_THAT(Server(elsewhere, service).start().error(), HasSubstr("cannot listen at 192.0.2.1"));
  elsewhere.address = "no-such-host.invalid";
  EXPECT_THAT(Server(elsewhere, service).start().error(), HasSubstr("cannot listen at no-such-host.invalid"));
}

TEST(Server, ClosesOnGarbageAndSaysSo) {
  Served served;
  served.start();
  expect_closed(served, framed("garbage, garbage"), "it is no message of Thrift's binary protocol");
  expect_closed(served, declared(0), "an empty frame");
  expect_closed(served, "GET / HTTP/1.1\r\n\r\n", "more than the allowed 1048576 bytes");
  EXPECT_EQ(served.server->figures().dropped, 3u);
}

TEST(Server, ClosesOnCallsThatCannotBeRead) {
  Served served;
  served.start();
  expect_closed(served, crafted_call("vote", "\x0c"),
                "vote: it ends too early, or declares more than it holds");
  expect_closed(served, crafted_call("ping", std::string("\0\0", 2)), "ping: bytes follow its end");
  expect_closed(served, crafted_call("votes", list_head(1'000'000'000)), "votes: ");
}

TEST(Server, ClosesOnWhatIsLargerThanAllowed) {
  ServerOptions options;
  options.frame_bytes_max = 10'000;
  HandlerOptions handler;
  handler.limits = {.string_bytes_max = 100, .container_elements_max = 50};
  Served served(options, handler);
  served.start();
  expect_closed(served, declared(10'001), "more than the allowed 10000 bytes");
  expect_closed(served, declared(0xffffffff), "more than the allowed 10000 bytes");
  expect_closed(served, crafted_call("votes", list_head(100'000'000)), "votes: ");
  expect_closed(served, crafted_call("votes", list_head(51) + std::string(60, '\0')), "votes: ");
  wire::Vote vote = some_vote();
  vote.resource = std::string(101, 'r');
  wire::Coordinator_vote_pargs args;
  args.vote = &vote;
  expect_closed(served, std::string(CallFrame::encode("vote", args).bytes()), "vote: ");
  vote.resource = std::string(100, 'r');
  EXPECT_EQ(served.client->vote(vote, 10s)->verdict, wire::Verdict::invalid);
}

TEST(Server, LogsAFewDropsASecondAndCountsTheRest) {
  Served served;
  served.start();
  for (int i = 0; i < 200; ++i) {
    RawSocket hostile = RawSocket::connect(served.port);
    hostile.send(declared(0));
    ASSERT_TRUE(hostile.is_closed_within(10s));
  }
  EXPECT_EQ(served.server->figures().dropped, 200u);
  EXPECT_LT(served.lines.all().size(), 100u);
  EXPECT_TRUE(eventually([&] {
    RawSocket hostile = RawSocket::connect(served.port);
    hostile.send(declared(0));
    return hostile.is_closed_within(10s) &&
           ::testing::Matches(HasSubstr("others were not logged"))(served.lines.all().back());
  }));
}

TEST(Server, RefusesConnectionsBeyondTheirNumberUntilOneLeaves) {
  ServerOptions options;
  options.connections_max = 3;
  Served served(options);
  served.start();
  std::vector<RawSocket> idle;
  for (int i = 0; i < 3; ++i) idle.push_back(RawSocket::connect(served.port));
  ASSERT_TRUE(eventually([&] { return served.server->figures().connections == 3; }));
  EXPECT_TRUE(RawSocket::connect(served.port).is_closed_within(10s));
  EXPECT_EQ(served.server->figures().refused, 1u);
  EXPECT_EQ(served.server->figures().connections, 3u);
  idle.pop_back();
  ASSERT_TRUE(eventually([&] { return served.server->figures().connections == 2; }));
  expect_honest_clients_served(served);
}

TEST(Server, ClosesAFrameThatTricklesIn) {
  ServerOptions options;
  options.frame_ms_max = 100;
  Served served(options);
  served.start();
  RawSocket loris = RawSocket::connect(served.port);
  loris.send(a_ping());
  ASSERT_TRUE(loris.receive().has_value());
  loris.send(declared(100'000));
  // A byte now and then does not help.
  EXPECT_TRUE(eventually([&] { return !loris.send("x") || loris.is_closed_within(5ms); }));
  EXPECT_THAT(served.lines.all(), Contains(HasSubstr("a frame was not whole after")));
}

TEST(Server, ClosesAConnectionThatMakesNoFirstCall) {
  ServerOptions options;
  options.first_call_ms_max = 1000;
  Served served(options);
  served.start();
  ASSERT_TRUE(served.client->ping(10s).ok());
  EXPECT_TRUE(RawSocket::connect(served.port).is_closed_within(10s));
  EXPECT_THAT(served.lines.all(), Contains(HasSubstr("it made no call")));
  EXPECT_TRUE(served.client->ping(10s).ok());
  EXPECT_EQ(served.channel->figures().connects, 1u);
}

TEST(Server, ClosesAnIdleConnectionButNotOneThatWaitsForAnAnswer) {
  ServerOptions options;
  options.idle_ms = 50;
  Served served(options);
  served.coordinator.on_poll = [](const auto&, const auto&) {};  // for ever
  served.start();
  RawSocket waiting = RawSocket::connect(served.port);
  waiting.send(a_poll());
  RawSocket idle = RawSocket::connect(served.port);
  idle.send(a_ping());
  EXPECT_TRUE(idle.is_closed_within(10s));
  EXPECT_FALSE(waiting.is_closed_within(200ms));
  EXPECT_THAT(served.lines.all(), IsEmpty());
}

TEST(Server, StopsReadingAConnectionWithTooManyCallsInFlight) {
  ServerOptions options;
  options.calls_in_flight_max = 100;
  Served served(options);
  std::vector<dispatch::PollDone> waiting;
  served.coordinator.on_poll = [&](const auto&, dispatch::PollDone done) {
    waiting.push_back(std::move(done));
  };
  served.coordinator.on_close_session = [&](auto) {
    for (const auto& done : std::exchange(waiting, {})) done(dispatch::Polled{});
  };
  served.start();
  // On the first I/O thread; the eager one comes to the second, and is alone there.
  ASSERT_TRUE(served.client->ping(10s).ok());
  RawSocket eager = RawSocket::connect(served.port);
  std::string polls;
  for (int i = 0; i < 1000; ++i) polls += a_poll(i);
  ASSERT_TRUE(eager.send(polls));
  ASSERT_TRUE(eventually([&] { return served.server->figures().pauses == 1; }));
  EXPECT_EQ(served.server->figures().calls_in_flight, 100u);
  EXPECT_EQ(served.server->figures().calls, 101u);
  expect_honest_clients_served(served);

  // With answers it goes on, at once, and none is lost.
  std::size_t answers = 0;
  FrameCutter cutter(1u << 20);
  EXPECT_TRUE(eventually(
      [&] {
        EXPECT_TRUE(served.client->close_session(1, 10s).ok());
        const auto got = eager.receive(1ms);
        if (!got) return true;
        EXPECT_EQ(cutter.feed({reinterpret_cast<const std::uint8_t*>(got->data()), got->size()},
                              [&](Bytes) {
                                ++answers;
                                return true;
                              }),
                  FrameCutter::Status::fed);
        return answers == 1000;
      },
      4s));
  EXPECT_EQ(answers, 1000u);
}

// Calls all the time, and takes no answer.
class Deaf {
 public:
  explicit Deaf(std::uint16_t port) : socket_(RawSocket::connect(port)) {
    socket_.take_little_at_a_time();
    for (int i = 0; i < 1000; ++i) pings_ += a_ping(i);
  }
  void push() {
    at_ += socket_.send_some(std::string_view(pings_).substr(at_));
    if (at_ == pings_.size()) at_ = 0;
  }

 private:
  RawSocket socket_;
  std::string pings_;
  std::size_t at_ = 0;
};

TEST(Server, StopsReadingAPeerThatTakesNoAnswersAndThenDropsIt) {
  ServerOptions options;
  options.unsent_bytes_max = 100'000;
  options.slow_peer_ms = 300;
  Served served(options);
  served.start();
  Deaf deaf(served.port);
  std::uint64_t unsent = 0;
  EXPECT_TRUE(eventually([&] {
    deaf.push();
    const ServerFigures figures = served.server->figures();
    unsent = std::max(unsent, figures.unsent_bytes);
    return figures.dropped == 1;
  }));
  EXPECT_GE(served.server->figures().pauses, 1u);
  EXPECT_GT(unsent, 0u);
  EXPECT_LT(unsent, 4 * options.unsent_bytes_max);
  EXPECT_TRUE(eventually([&] { return served.server->figures().unsent_bytes == 0; }));
  EXPECT_THAT(served.lines.all(), Contains(HasSubstr("it took no answers for")));
  expect_honest_clients_served(served);
}

TEST(Server, DoesNotBlameAPeerForAnswersThatItHasNotSentYet) {
  ServerOptions options;
  options.slow_peer_ms = 0;  // looked at every 10 ms, also in the middle of turns
  Served served(options);
  served.start();
  std::vector<std::unique_ptr<BlockingChannel>> channels;
  for (int i = 0; i < 64; ++i)
    channels.push_back(std::make_unique<BlockingChannel>(BlockingChannelOptions{.port = served.port}));
  for (int round = 0; round < 150; ++round)
    for (const auto& channel : channels) ASSERT_TRUE(Client(*channel).ping(10s).ok());
  EXPECT_EQ(served.server->figures().dropped, 0u);
}

TEST(Server, BoundsUnfinishedFramesOfAllConnectionsTogether) {
  ServerOptions options;
  options.partial_bytes_max_total = 1u << 20;
  Served served(options);
  served.start();
  std::vector<RawSocket> hogs;
  const std::string half = declared(1u << 20) + std::string(200'000, 'x');
  for (int i = 0; i < 20; ++i) {
    hogs.push_back(RawSocket::connect(served.port));
    hogs.back().send(half);
  }
  ASSERT_TRUE(eventually([&] { return served.server->figures().dropped >= 15; }));
  // Beyond it only for the moment before whoever went too far is closed.
  EXPECT_TRUE(
      eventually([&] { return served.server->figures().partial_bytes <= options.partial_bytes_max_total; }));
  EXPECT_GT(served.server->figures().partial_bytes, 0u);
  EXPECT_THAT(served.lines.all(), Contains(HasSubstr("too many bytes of unfinished frames")));
  // Small ones pass even now, also in two pieces.
  RawSocket honest = RawSocket::connect(served.port);
  const std::string ping = a_ping();
  honest.send(ping.substr(0, 9));
  EXPECT_EQ(honest.receive(20ms), "");
  honest.send(ping.substr(9));
  EXPECT_THAT(honest.receive(), ::testing::Optional(::testing::Not(IsEmpty())));
  hogs.clear();
  EXPECT_TRUE(eventually([&] { return served.server->figures().partial_bytes == 0; }));
}

TEST(Server, BoundsUntakenAnswersOfAllConnectionsTogether) {
  ServerOptions options;
  options.unsent_bytes_max_total = 300'000;
  options.unsent_bytes_max = 100'000;
  Served served(options);
  served.start();
  std::vector<Deaf> deaf;
  for (int i = 0; i < 10; ++i) deaf.emplace_back(served.port);
  std::uint64_t unsent = 0;
  EXPECT_TRUE(eventually(
      [&] {
        for (Deaf& each : deaf) each.push();
        unsent = std::max(unsent, served.server->figures().unsent_bytes);
        return served.server->figures().dropped >= 3;
      },
      30s));
  EXPECT_LT(unsent, options.unsent_bytes_max_total + 4 * options.unsent_bytes_max);
  EXPECT_THAT(served.lines.all(), Contains(HasSubstr("answers that are not taken")));
  expect_honest_clients_served(served);
}

TEST(Server, CountsWhatComesAndGoes) {
  Served served;
  served.start();
  RawSocket client = RawSocket::connect(served.port);
  const std::string ping = a_ping();
  client.send(ping + ping);
  std::size_t got = 0;
  while (served.server->figures().bytes_out == 0 || got < served.server->figures().bytes_out)
    got += client.receive()->size();
  const ServerFigures figures = served.server->figures();
  EXPECT_EQ(figures.calls, 2u);
  EXPECT_EQ(figures.calls_in_flight, 0u);
  EXPECT_EQ(figures.bytes_in, 2 * ping.size());
  EXPECT_EQ(figures.bytes_out, got);
  EXPECT_EQ(figures.connections, 1u);
  EXPECT_EQ(figures.accepted, 1u);
}

TEST(Server, StopsWithCallsInFlight) {
  Served served;
  served.coordinator.on_poll = [](const auto&, const auto&) {};  // for ever
  served.start();
  RawSocket waiting = RawSocket::connect(served.port);
  waiting.send(a_poll());
  ASSERT_TRUE(eventually([&] { return served.server->figures().calls_in_flight == 1; }));
  served.server->stop();
  EXPECT_TRUE(waiting.is_closed_within(10s));
}

// What Thrift generates for asynchronous handlers, answering on another thread and out of order.
class GeneratedHandler final : public wire::CoordinatorCobSvNull {
 public:
  using Answer = std::function<void(const wire::Answer&)>;
  void vote(Answer cob, const wire::Vote& vote) override {
    const std::lock_guard lock(mutex_);
    waiting_.emplace_back(std::move(cob), vote.session);
    if (waiting_.size() < 3) return;
    answering_ = std::thread([calls = std::exchange(waiting_, {})] {
      for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
        wire::Answer answer;
        answer.verdict = wire::Verdict::taken;
        answer.unfinished = static_cast<std::int32_t>(call->second);
        call->first(answer);
      }
    });
  }
  ~GeneratedHandler() override {
    if (answering_.joinable()) answering_.join();
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<Answer, std::int64_t>> waiting_;
  std::thread answering_;
};

TEST(Server, ServesGeneratedProcessors) {
  const auto processor =
      std::make_shared<wire::CoordinatorAsyncProcessor>(std::make_shared<GeneratedHandler>());
  Lines lines;
  ServerOptions options;
  options.string_bytes_max = 100;
  options.log = [&](std::string line) { lines.add(std::move(line)); };
  Server server(options, processor);
  const std::uint16_t port = *server.start();
  Reactor reactor;
  Channel channel(reactor, {.port = port});
  Client client(channel);
  std::map<std::int64_t, std::promise<std::int32_t>> answers;
  for (const std::int64_t session : {1, 2, 3}) answers[session];
  for (auto& each : answers) {
    wire::Vote vote = some_vote();
    vote.session = each.first;
    client.vote(vote, 10s, [&each](const auto& result) { each.second.set_value(result->unfinished); });
  }
  for (auto& each : answers) EXPECT_EQ(each.second.get_future().get(), each.first);
  EXPECT_TRUE(client.ping(10s).ok());

  RawSocket hostile = RawSocket::connect(port);
  hostile.send(crafted_call("votes", list_head(100'000'000)));
  EXPECT_TRUE(hostile.is_closed_within(10s));
  EXPECT_THAT(lines.all(), SizeIs(1));
  EXPECT_TRUE(client.ping(10s).ok());
}

}  // namespace
}  // namespace vow::rpc
