// What a channel promises to those who call, whatever the server does. The server is the test itself, by
// hand.
#include "coordinator/rpc/channel.h"

#include <atomic>
#include <deque>
#include <future>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/rpc/client.h"
#include "coordinator/rpc/frame_cutter.h"
#include "tests/rpc/frames.h"
#include "tests/rpc/raw_socket.h"
#include "tests/rpc/served.h"
#include "thrift/gen/client/Coordinator.h"

namespace vow::rpc {
namespace {

using ::testing::HasSubstr;
using Kind = CallFailure::Kind;
namespace protocol = apache::thrift::protocol;

// Reads calls and writes answers, as the test wants them.
class ByHand {
 public:
  explicit ByHand(RawListener& listener) : socket_(listener.accept()) {}

  // The seqid of the next call.
  std::int32_t next_call() {
    while (calls_.empty()) {
      const auto got = socket_.receive();
      VOW_CHECK(got && !got->empty(), "no call comes");
      const auto status = cutter_.feed({reinterpret_cast<const std::uint8_t*>(got->data()), got->size()},
                                       [this](Bytes message) {
                                         calls_.push_back(reader_.begin(message)->seqid);
                                         return true;
                                       });
      VOW_CHECK(status == FrameCutter::Status::fed, "no frames come");
    }
    const std::int32_t seqid = calls_.front();
    calls_.pop_front();
    return seqid;
  }
  void answer(std::int32_t seqid) { write(protocol::T_REPLY, seqid, wire::Coordinator_ping_presult()); }
  void except(std::int32_t seqid) {
    using apache::thrift::TApplicationException;
    write(protocol::T_EXCEPTION, seqid,
          TApplicationException(TApplicationException::INTERNAL_ERROR, "oh dear"));
  }
  RawSocket& socket() { return socket_; }

 private:
  template <class Body>
  void write(protocol::TMessageType type, std::int32_t seqid, const Body& body) {
    std::string out;
    const std::size_t begin = begin_frame(out);
    writer_.write(out, type, "ping", seqid, body);
    end_frame(out, begin);
    VOW_CHECK(socket_.send(out), "the client is gone");
  }

  RawSocket socket_;
  FrameCutter cutter_{1u << 20};
  MessageReader reader_{MessageLimits{}};
  MessageWriter writer_;
  std::deque<std::int32_t> calls_;
};

// What became of a call, once it is known.
class Fate {
 public:
  Done<void> done() {
    return [this](const CallResult<void>& result) {
      promise_.set_value(result.ok() ? std::nullopt : std::optional(*result.error().failure()));
    };
  }
  // None: it succeeded.
  std::optional<CallFailure> get() {
    VOW_CHECK(future_.wait_for(10s) == std::future_status::ready, "the call has no end");
    return future_.get();
  }
  [[nodiscard]] bool is_known() const { return future_.wait_for(0s) == std::future_status::ready; }

 private:
  std::promise<std::optional<CallFailure>> promise_;
  std::future<std::optional<CallFailure>> future_ = promise_.get_future();
};

class ChannelTest : public ::testing::Test {
 protected:
  void open(ChannelOptions options = {}) {
    if (options.port == 0) options.port = listener_.port();
    channel_.emplace(reactor_, options);
    client_.emplace(*channel_);
  }
  Fate& ping(CallTimeout timeout = 10s) {
    Fate& fate = *fates_.emplace_back(std::make_unique<Fate>());
    client_->ping(timeout, fate.done());
    return fate;
  }
  std::vector<std::unique_ptr<Fate>> fates_;
  RawListener listener_;
  Reactor reactor_;
  std::optional<Channel> channel_;
  std::optional<Client> client_;
};

TEST_F(ChannelTest, GivesEachCallItsAnswerInWhateverOrderTheyCome) {
  open();
  Fate& first = ping();
  Fate& second = ping();
  Fate& third = ping();
  ByHand server(listener_);
  const std::int32_t one = server.next_call();
  const std::int32_t two = server.next_call();
  const std::int32_t three = server.next_call();
  server.answer(three);
  EXPECT_EQ(third.get(), std::nullopt);
  EXPECT_FALSE(first.is_known());
  server.answer(one);
  EXPECT_EQ(first.get(), std::nullopt);
  EXPECT_FALSE(second.is_known());
  server.answer(two);
  EXPECT_EQ(second.get(), std::nullopt);
}

TEST_F(ChannelTest, EndsACallAtItsDeadlineAndDropsItsLateAnswer) {
  open();
  Fate& hasty = ping(30ms);
  Fate& patient = ping();
  ByHand server(listener_);
  const std::int32_t late = server.next_call();
  const auto failure = hasty.get();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, Kind::unanswered);
  EXPECT_THAT(failure->what, HasSubstr("no answer from 127.0.0.1 port"));
  EXPECT_FALSE(patient.is_known());
  server.answer(late);
  server.answer(server.next_call());
  EXPECT_EQ(patient.get(), std::nullopt);
  EXPECT_EQ(channel_->figures().late_answers, 1u);
  EXPECT_EQ(channel_->figures().connects, 1u);
}

TEST_F(ChannelTest, KeepsEveryDeadlineEvenIfALaterCallHasAnEarlierOne) {
  open();
  Fate& long_one = ping(10s);
  ByHand server(listener_);
  static_cast<void>(server.next_call());
  const auto begin = std::chrono::steady_clock::now();
  Fate& short_one = ping(30ms);
  EXPECT_EQ(short_one.get()->kind, Kind::unanswered);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
  EXPECT_FALSE(long_one.is_known());
}

TEST_F(ChannelTest, LetsNeitherAnExceptionNorAStrangeAnswerTouchOtherCalls) {
  open();
  Fate& failing = ping();
  Fate& other = ping();
  ByHand server(listener_);
  server.except(server.next_call());
  const auto failure = failing.get();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, Kind::unanswered);
  EXPECT_THAT(failure->what, HasSubstr("oh dear"));
  server.answer(123456);
  server.answer(-1);
  server.answer(server.next_call());
  EXPECT_EQ(other.get(), std::nullopt);
  EXPECT_EQ(channel_->figures().connects, 1u);
}

TEST_F(ChannelTest, EndsAllCallsWhenTheConnectionBreaksAndConnectsAgain) {
  open();
  Fate& served = ping();
  {
    ByHand server(listener_);
    server.answer(server.next_call());
    EXPECT_EQ(served.get(), std::nullopt);
    Fate& lost = ping();
    static_cast<void>(server.next_call());
    EXPECT_FALSE(lost.is_known());
  }
  const auto failure = fates_.back()->get();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, Kind::unanswered);
  EXPECT_THAT(failure->what, HasSubstr("closed the connection"));
  Fate& again = ping();
  ByHand server(listener_);
  server.answer(server.next_call());
  EXPECT_EQ(again.get(), std::nullopt);
  EXPECT_EQ(channel_->figures().connects, 2u);
}

TEST_F(ChannelTest, SaysOfACallThatNeverLeftThatItNeverLeft) {
  std::uint16_t nobody = 0;
  {
    RawListener gone;
    nobody = gone.port();
  }
  open({.port = nobody});
  const auto failure = ping().get();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, Kind::unsent);
  EXPECT_THAT(failure->what, HasSubstr("Connection refused"));
}

TEST_F(ChannelTest, FailsCallsAtOnceWhileItBacksOff) {
  std::uint16_t nobody = 0;
  {
    RawListener gone;
    nobody = gone.port();
  }
  open({.port = nobody, .back_off_ms = 60'000, .back_off_ms_max = 60'000});
  EXPECT_EQ(ping().get()->kind, Kind::unsent);
  Fate& at_once = ping();
  EXPECT_TRUE(at_once.is_known());
  EXPECT_THAT(at_once.get()->what, HasSubstr("the next attempt is in"));
  EXPECT_EQ(channel_->figures().failed_connects, 1u);
}

TEST_F(ChannelTest, BacksOffFromAServerThatTakesConnectionsAndEndsThem) {
  open({.back_off_ms = 60'000, .back_off_ms_max = 60'000});
  Fate& lost = ping();
  static_cast<void>(listener_.accept());
  EXPECT_NE(lost.get(), std::nullopt);
  EXPECT_THAT(ping().get()->what, HasSubstr("the next attempt is in"));
  EXPECT_FALSE(listener_.is_asked_within(20ms));
}

TEST_F(ChannelTest, FailsCallsOfCallbacksAtOnceLikewise) {
  open({.back_off_ms = 60'000, .back_off_ms_max = 60'000});
  Fate next;
  std::promise<bool> was_known;
  client_->ping(10s, [&](const auto&) {
    client_->ping(10s, next.done());
    was_known.set_value(next.is_known());
  });
  static_cast<void>(listener_.accept());
  EXPECT_TRUE(was_known.get_future().get());
  EXPECT_EQ(next.get()->kind, Kind::unsent);
}

TEST_F(ChannelTest, WaitsTwiceAsLongAfterEachFailure) {
  std::uint16_t nobody = 0;
  {
    RawListener gone;
    nobody = gone.port();
  }
  open({.port = nobody, .back_off_ms = 1, .back_off_ms_max = 60'000});
  const auto until = std::chrono::steady_clock::now() + 500ms;
  while (std::chrono::steady_clock::now() < until) static_cast<void>(client_->ping(10s));
  EXPECT_GT(channel_->figures().failed_connects, 3u);
  EXPECT_LT(channel_->figures().failed_connects, 15u);
}

TEST_F(ChannelTest, ConnectsAgainWhenTheBackOffIsOver) {
  open({.back_off_ms = 1, .back_off_ms_max = 20});
  Fate& lost = ping();
  static_cast<void>(listener_.accept());
  EXPECT_NE(lost.get(), std::nullopt);
  EXPECT_TRUE(eventually([&] {
    static_cast<void>(ping());
    return listener_.is_asked_within(1ms);
  }));
}

TEST_F(ChannelTest, GivesUpAConnectionThatDoesNotComeAbout) {
  // A listener whose queue is full answers no one.
  Socket full(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(full.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here), 0);
  ASSERT_EQ(::listen(full.get(), 0), 0);
  std::vector<RawSocket> waiting;
  waiting.push_back(RawSocket::connect(port_of(full)));
  open({.port = port_of(full), .connect_ms_max = 50});
  const auto failure = ping().get();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, Kind::unsent);
  EXPECT_THAT(failure->what, HasSubstr("within 50 ms"));
}

TEST_F(ChannelTest, EndsTheConnectionOnBytesThatAreNoAnswer) {
  open();
  Fate& fate = ping();
  ByHand server(listener_);
  static_cast<void>(server.next_call());
  server.socket().send("HTTP/1.1 400 Bad Request\r\n\r\n");
  EXPECT_EQ(fate.get()->kind, Kind::unanswered);
  EXPECT_TRUE(server.socket().is_closed_within(10s));
}

TEST_F(ChannelTest, EndsTheConnectionOnAFrameThatIsNoAnswer) {
  open();
  Fate& fate = ping();
  ByHand server(listener_);
  static_cast<void>(server.next_call());
  server.socket().send(framed("garbage, garbage"));
  EXPECT_EQ(fate.get()->kind, Kind::unanswered);
  EXPECT_TRUE(server.socket().is_closed_within(10s));
}

TEST_F(ChannelTest, BoundsTheCallsThatWait) {
  open({.calls_in_flight_max = 2});
  static_cast<void>(ping());
  static_cast<void>(ping());
  const auto failure = ping().get();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, Kind::unsent);
  EXPECT_THAT(failure->what, HasSubstr("2 calls wait"));
}

TEST_F(ChannelTest, BoundsTheBytesThatWaitForAServerThatReadsNothing) {
  open({.unsent_bytes_max = 1u << 20});
  std::vector<wire::Vote> votes(1000, some_vote());
  std::atomic<int> unsent = 0;
  const auto call = [&] {
    client_->votes(votes, 60s, [&](const auto& result) {
      if (result.error().failure()->kind == Kind::unsent) ++unsent;
    });
  };
  call();
  const RawSocket silent = listener_.accept();
  EXPECT_TRUE(eventually([&] {
    call();
    return unsent > 0;
  }));
  channel_.reset();
}

TEST_F(ChannelTest, EndsItsCallsWhenItEnds) {
  open();
  Fate& fate = ping();
  ByHand server(listener_);
  static_cast<void>(server.next_call());
  channel_.reset();
  const auto failure = fate.get();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, Kind::unanswered);
  EXPECT_THAT(failure->what, HasSubstr("the channel was closed"));
}

TEST_F(ChannelTest, KnowsNamesAndIPv6) {
  Served served;
  served.start();
  open({.host = "localhost", .port = served.port});
  // The name may stand for ::1 too, where nobody listens: the next attempt takes the next address.
  EXPECT_TRUE(eventually([&] { return client_->ping(5s).ok(); }));
  channel_.reset();
  open({.host = "no-such-host.invalid", .port = served.port});
  const auto failure = ping().get();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->kind, Kind::unsent);
}

TEST_F(ChannelTest, ServesManyThreadsAtOnce) {
  Served served;
  std::atomic<std::uint64_t> votes = 0;
  served.coordinator.on_vote = [&](const txn::Vote& vote) {
    ++votes;
    return txn::Answer{txn::Verdict::taken, txn::Reason::none, vote.xid.sequence};
  };
  served.start();
  constexpr int threads = 8;
  constexpr int calls = 500;
  std::atomic<int> right = 0;
  std::vector<std::thread> running;
  for (int t = 0; t < threads; ++t)
    running.emplace_back([&, t] {
      for (int i = 0; i < calls; ++i) {
        const int number = t * calls + i;
        const auto answer = served.client->vote(some_vote(static_cast<std::uint32_t>(number)), 10s);
        if (answer.ok() && answer->unfinished == number) ++right;
      }
    });
  for (std::thread& thread : running) thread.join();
  EXPECT_EQ(right, threads * calls);
  EXPECT_EQ(votes, static_cast<std::uint64_t>(threads * calls));
  EXPECT_EQ(served.server->figures().accepted, 1u);
}

}  // namespace
}  // namespace vow::rpc
