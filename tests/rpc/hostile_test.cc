// All that clients can do to a server, at once; and meanwhile honest clients are served, and memory stays
// flat.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include "coordinator/base/random.h"
#include "coordinator/rpc/blocking_channel.h"
#include "tests/rpc/frames.h"
#include "tests/rpc/raw_socket.h"
#include "tests/rpc/served.h"

namespace vow::rpc {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t connections_max = 4000;
constexpr std::size_t partial_bytes_max_total = 16u << 20;
constexpr std::size_t unsent_bytes_max_total = 16u << 20;
// What the server may hold by its options, twice (buffers grow by doubling), the same again for what the
// hostile side of this process holds itself, and slack for the allocator.
constexpr std::size_t growth_bytes_max = 4 * (partial_bytes_max_total + unsent_bytes_max_total) + (64u << 20);

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

// Does one hostile thing over and over, in a thread of its own, until it is stopped.
class Attack {
 public:
  Attack(std::uint16_t port,
         std::function<void(std::uint16_t port, Random&, const std::atomic<bool>& stop)> act)
      : thread_([this, port, act = std::move(act)] {
          Random random(7);
          while (!stop_) {
            act(port, random, stop_);
            ++rounds_;
          }
        }) {}
  ~Attack() {
    stop_ = true;
    thread_.join();
  }
  [[nodiscard]] std::uint64_t rounds() const { return rounds_; }

 private:
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> rounds_{0};
  std::thread thread_;
};

void send_garbage(std::uint16_t port, Random& random, const std::atomic<bool>&) {
  RawSocket socket = RawSocket::connect(port);
  std::string bytes(random.between(1, 5000), '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  if (random.chance(0.5)) bytes = framed(bytes);
  socket.send(bytes);
  socket.is_closed_within(100ms);
}

void send_changed_calls(std::uint16_t port, Random& random, const std::atomic<bool>&) {
  RawSocket socket = RawSocket::connect(port);
  std::string call = a_poll();
  call[random.between(4, call.size() - 1)] = static_cast<char>(random.next());
  socket.send(call);
  socket.receive(1ms);
}

void declare_what_is_huge(std::uint16_t port, Random& random, const std::atomic<bool>&) {
  const std::vector<std::string> all = {
      declared(0x7fffffff),
      declared(1u << 20) + "x",
      crafted_call("votes", list_head(100'000'000)),
      crafted_call("commits", list_head(0x7fffffff) + std::string(1000, '\0')),
      crafted_call("votes", list_head(10'000) + std::string(20'000, '\0')),
      crafted_call("vote", std::string("\x0c\0\1\x0b\0\1", 6) + declared(0x7fffffff)),
  };
  RawSocket socket = RawSocket::connect(port);
  socket.send(all[random.below(all.size())]);
  socket.is_closed_within(20ms);
}

// Many connections, each with the beginning of a large frame, a little more of it now and then.
void trickle(std::uint16_t port, Random& random, const std::atomic<bool>& stop) {
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 200 && !stop; ++i) {
    sockets.push_back(RawSocket::connect(port));
    sockets.back().send(declared(1u << 20) + std::string(random.between(1, 100'000), 'x'));
  }
  for (int i = 0; i < 2000 && !stop; ++i) {
    sockets[random.below(sockets.size())].send_some("x");
    std::this_thread::yield();
  }
}

// Calls without end, and takes no answer.
void read_nothing(std::uint16_t port, Random& random, const std::atomic<bool>& stop) {
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += a_ping(i);
  std::vector<std::pair<RawSocket, std::size_t>> sockets;
  for (int i = 0; i < 8; ++i) sockets.emplace_back(RawSocket::connect(port), 0);
  const auto until = Clock::now() + 2s;
  while (Clock::now() < until && !stop) {
    auto& [socket, at] = sockets[random.below(sockets.size())];
    at = (at + socket.send_some(std::string_view(pings).substr(at))) % pings.size();
  }
}

// Thousands of connections that say nothing, or wait for ever.
void crowd(std::uint16_t port, Random& random, const std::atomic<bool>& stop) {
  std::vector<RawSocket> sockets;
  for (int i = 0; i < 3000 && !stop; ++i) {
    sockets.push_back(RawSocket::connect(port));
    if (random.chance(0.5)) sockets.back().send(a_poll());
  }
  for (RawSocket& socket : sockets) socket.send_some(a_ping());
}

// Many descriptors are needed, on both sides.
void raise_descriptor_limit() {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_GE(limit.rlim_cur, 3 * connections_max) << "raise the hard limit of open files for this test";
}

TEST(HostileClients, HarmNobodyButThemselves) {
  raise_descriptor_limit();
  ServerOptions options;
  options.connections_max = connections_max;
  options.partial_bytes_max_total = partial_bytes_max_total;
  options.unsent_bytes_max_total = unsent_bytes_max_total;
  options.frame_ms_max = 500;
  options.slow_peer_ms = 500;
  options.first_call_ms_max = 1000;
  Served served(options);
  served.coordinator.on_poll = [](const auto&, const auto&) {};  // for ever
  served.start();
  // The honest have their connections already, or get one soon.
  BlockingChannel channel({.port = served.port});
  Client honest(channel);
  ASSERT_TRUE(honest.ping(10s).ok());
  ASSERT_TRUE(served.client->ping(10s).ok());

  const std::size_t resident_before = resident_bytes();
  std::size_t resident_max = resident_before;
  std::vector<double> latencies_ms;
  std::vector<std::uint64_t> rounds;
  const auto be_attacked = [&] {
    latencies_ms.clear();
    rounds.clear();
    std::vector<std::unique_ptr<Attack>> attacks;
    for (const auto& act :
         {send_garbage, send_changed_calls, declare_what_is_huge, trickle, read_nothing, crowd})
      attacks.push_back(std::make_unique<Attack>(served.port, act));
    const auto until = Clock::now() + 6s;
    std::uint32_t sequence = 0;
    while (Clock::now() < until) {
      const auto begin = Clock::now();
      Client& client = sequence % 2 == 0 ? honest : *served.client;
      const auto answer = client.vote(some_vote(++sequence), 10s);
      ASSERT_TRUE(answer.ok()) << answer.error().text();
      ASSERT_EQ(answer->verdict, wire::Verdict::taken);
      latencies_ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
      if (sequence % 64 == 0) resident_max = std::max(resident_max, resident_bytes());
    }
    for (const auto& attack : attacks) rounds.push_back(attack->rounds());
    std::sort(latencies_ms.begin(), latencies_ms.end());
  };
  const auto p99 = [&] { return latencies_ms[latencies_ms.size() * 99 / 100]; };
  const auto is_served_in_time = [&] { return p99() < 500 && latencies_ms.back() < 5000; };
  // Once more if it was not, since a machine may be busy with something else.
  be_attacked();
  for (int again = 0; again < 2 && !HasFatalFailure() && !is_served_in_time(); ++again) be_attacked();
  ASSERT_FALSE(HasFatalFailure());
  const double p99_ms = p99();
  const ServerFigures figures = served.server->figures();
  fmt::print(
      "{} honest votes: p50 {:.2f} ms, p99 {:.2f} ms, max {:.2f} ms; resident {} MiB, then {} MiB at most; "
      "{} "
      "connections accepted, {} refused, {} dropped, {} pauses, {} calls\n",
      latencies_ms.size(), latencies_ms[latencies_ms.size() / 2], p99_ms, latencies_ms.back(),
      resident_before >> 20, resident_max >> 20, figures.accepted, figures.refused, figures.dropped,
      figures.pauses, figures.calls);
  for (const std::uint64_t count : rounds) fmt::print("{} ", count);
  fmt::print("rounds of the attacks\n");
  EXPECT_LT(p99_ms, 500);
  EXPECT_LT(latencies_ms.back(), 5000);
  EXPECT_LT(resident_max - resident_before, growth_bytes_max);
  EXPECT_GT(figures.dropped, 100u);
  EXPECT_GT(figures.pauses, 0u);
  EXPECT_GT(figures.accepted, 1000u);
  EXPECT_EQ(served.channel->figures().connects, 1u);
  // When they are gone nothing is left of them.
  EXPECT_TRUE(eventually([&] { return served.server->figures().connections <= 2; }));
  EXPECT_EQ(served.server->figures().partial_bytes, 0u);
  EXPECT_EQ(served.server->figures().unsent_bytes, 0u);
}

}  // namespace
}  // namespace vow::rpc
