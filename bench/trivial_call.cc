// What does a call cost beyond the bytes on the wire?
//
// In turns within one run, so that both meet the same machine: ping through Channel, Server and Handler; and
// the very same frames echoed by plain libevent on both sides, with no Thrift at all. Server and clients
// share this machine. The ratio is the median of the ratios of neighbouring turns.
//
//   pipelined     a few connections, many calls on their way in each, none batched
//   synchronous   many threads with a connection each, one call after another
//   to the loop   pipelined, but outcome(), which crosses to a thread that stands for the coordinator's loop
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "bench/bare_echo.h"
#include "coordinator/rpc/blocking_channel.h"
#include "coordinator/rpc/channel.h"
#include "coordinator/rpc/client.h"
#include "coordinator/rpc/handler.h"
#include "coordinator/rpc/server.h"
#include "tests/rpc/scripted_coordinator.h"

namespace vow::bench {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds call_timeout = 10s;

struct Options {
  double seconds = 45;
  std::size_t connections = 2;
  std::size_t in_flight = 512;  // in each
  std::size_t clients = 64;     // synchronous ones
  std::string json;
};

[[noreturn]] void stop(const std::string& why) {
  fmt::print(stderr, "bench_trivial_call: {}\n", why);
  std::exit(2);
}

Options parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == count) stop(fmt::format("{} needs a value", name));
    const std::string value = arguments[i + 1];
    if (name == "--seconds")
      options.seconds = std::strtod(value.c_str(), nullptr);
    else if (name == "--connections")
      options.connections = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--in-flight")
      options.in_flight = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--clients")
      options.clients = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--json")
      options.json = value;
    else
      stop(fmt::format("unknown option {}; known: --seconds --connections --in-flight --clients --json",
                       name));
  }
  if (options.seconds < 3 || options.connections == 0 || options.in_flight == 0 || options.clients == 0)
    stop("--seconds from 3, everything else from 1");
  return options;
}

// Something that makes calls while it runs, and counts them.
class Load {
 public:
  virtual ~Load() = default;
  virtual void start() = 0;
  // Returns when no call is on its way any more.
  virtual void stop() = 0;
  [[nodiscard]] std::uint64_t calls() const {
    std::uint64_t sum = 0;
    for (const Counter& counter : counters_) sum += counter.value.load(std::memory_order_relaxed);
    return sum;
  }

 protected:
  explicit Load(std::size_t threads) : counters_(threads) {}
  // On the thread of that number alone, whose cache line it is.
  void add_one(std::size_t thread) {
    std::atomic<std::uint64_t>& value = counters_[thread].value;
    value.store(value.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

 private:
  struct alignas(64) Counter {
    std::atomic<std::uint64_t> value{0};
  };
  std::vector<Counter> counters_;
};

class PipelinedCalls;
struct Lane {
  Lane(PipelinedCalls& calls_, std::size_t number_, std::uint16_t port)
      : calls(calls_), number(number_), channel(reactor, {.port = port}), client(channel) {}
  PipelinedCalls& calls;
  const std::size_t number;
  rpc::Reactor reactor;
  rpc::Channel channel;
  rpc::Client client;
  std::atomic<std::size_t> left{0};
};
// Makes one call, and tells the lane when it is answered.
using StartCall = std::function<void(Lane&)>;

// Each answer makes the next call.
class PipelinedCalls final : public Load {
 public:
  PipelinedCalls(std::uint16_t port, const Options& options, StartCall start_call)
      : Load(options.connections), in_flight_(options.in_flight), start_call_(std::move(start_call)) {
    for (std::size_t i = 0; i < options.connections; ++i)
      lanes_.push_back(std::make_unique<Lane>(*this, i, port));
  }
  void start() override {
    stopping_ = false;
    for (const auto& lane : lanes_) {
      lane->left = in_flight_;
      lane->reactor.run_and_wait([&] {
        for (std::size_t i = 0; i < in_flight_; ++i) start_call_(*lane);
      });
    }
  }
  void stop() override {
    stopping_ = true;
    for (const auto& lane : lanes_)
      while (lane->left > 0) std::this_thread::yield();
  }

  void answered(Lane& lane, bool ok) {
    if (!ok) bench::stop("a call failed");
    add_one(lane.number);
    if (stopping_.load(std::memory_order_relaxed))
      --lane.left;
    else
      start_call_(lane);
  }

 private:
  const std::size_t in_flight_;
  const StartCall start_call_;
  std::atomic<bool> stopping_{false};
  std::vector<std::unique_ptr<Lane>> lanes_;
};

class PipelinedEcho final : public Load {
 public:
  PipelinedEcho(std::uint16_t port, const Options& options, const std::string& frame)
      : Load(options.connections), in_flight_(options.in_flight) {
    for (std::size_t i = 0; i < options.connections; ++i)
      lanes_.push_back(std::make_unique<EchoPipeline>(port, frame));
  }
  void start() override {
    for (std::size_t i = 0; i < lanes_.size(); ++i) lanes_[i]->start(in_flight_, [this, i] { add_one(i); });
  }
  void stop() override {
    for (const auto& lane : lanes_) lane->stop();
  }

 private:
  const std::size_t in_flight_;
  std::vector<std::unique_ptr<EchoPipeline>> lanes_;
};

// Threads that do one thing after another.
class Synchronous final : public Load {
 public:
  // `make` gives each thread what it repeats.
  Synchronous(std::size_t clients, std::function<std::function<void()>()> make)
      : Load(clients), make_(std::move(make)) {
    for (std::size_t i = 0; i < clients; ++i) calls_.push_back(make_());
  }
  void start() override {
    stopping_ = false;
    for (std::size_t i = 0; i < calls_.size(); ++i)
      threads_.emplace_back([this, i] {
        while (!stopping_.load(std::memory_order_relaxed)) {
          calls_[i]();
          add_one(i);
        }
      });
  }
  void stop() override {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  const std::function<std::function<void()>()> make_;
  std::vector<std::function<void()>> calls_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_{false};
};

double rate(Load& load, std::chrono::milliseconds length) {
  load.start();
  std::this_thread::sleep_for(length / 10);  // until it runs evenly
  const std::uint64_t before = load.calls();
  const auto begin = Clock::now();
  std::this_thread::sleep_for(length - length / 10);
  const std::uint64_t calls = load.calls() - before;
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  load.stop();
  return static_cast<double>(calls) / seconds;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

struct Comparison {
  double ours = 0;
  double bare = 0;
  double ratio = 0;
  double lowest = 0;
  double highest = 0;
  std::size_t pairs = 0;
};

Comparison compare(Load& ours, Load& bare, double seconds) {
  const auto pairs = static_cast<std::size_t>(std::max(7.0, seconds / 2));
  const std::chrono::milliseconds turn(
      static_cast<std::int64_t>(seconds * 1000 / static_cast<double>(2 * pairs)));
  std::vector<double> our_rates;
  std::vector<double> bare_rates;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < pairs; ++i) {
    our_rates.push_back(rate(ours, turn));
    bare_rates.push_back(rate(bare, turn));
    ratios.push_back(our_rates.back() / bare_rates.back());
  }
  return {median(our_rates),
          median(bare_rates),
          median(ratios),
          *std::min_element(ratios.begin(), ratios.end()),
          *std::max_element(ratios.begin(), ratios.end()),
          pairs};
}

void print(std::string_view name, const Comparison& c) {
  fmt::print("{:<14}{:>14.0f}{:>14.0f}{:>10.3f}  ({:.3f} to {:.3f} over {} pairs of turns)\n", name, c.ours,
             c.bare, c.ratio, c.lowest, c.highest, c.pairs);
}

// The frame of a ping, as the bare side sends it too.
std::string ping_frame() {
  struct NoArguments {
    void write(apache::thrift::protocol::TProtocol* to) const { to->writeFieldStop(); }
  };
  return std::string(rpc::CallFrame::encode("ping", NoArguments()).bytes());
}

void run(const Options& options) {
  rpc::ScriptedCoordinator coordinator;
  rpc::ThreadLoop loop(coordinator);
  const rpc::ServerOptions server_options;
  rpc::Server server(server_options,
                     std::make_shared<rpc::Handler>(rpc::HandlerOptions{}, loop, server_options.io_threads));
  loop.start();
  const auto port = server.start();
  if (!port) stop(port.error());
  EchoServer echo(server_options.io_threads);
  const std::string frame = ping_frame();

  PipelinedCalls pings(*port, options, [](Lane& lane) {
    lane.client.ping(call_timeout, [&lane](const auto& result) { lane.calls.answered(lane, result.ok()); });
  });
  PipelinedEcho echoes(echo.port(), options, frame);
  const Comparison pipelined = compare(pings, echoes, options.seconds / 3);

  Synchronous sync_pings(options.clients, [&] {
    const auto channel = std::make_shared<rpc::BlockingChannel>(rpc::BlockingChannelOptions{.port = *port});
    return [channel] {
      if (!rpc::Client(*channel).ping(call_timeout).ok()) bench::stop("a call failed");
    };
  });
  Synchronous sync_echoes(options.clients, [&] {
    const auto client = std::make_shared<EchoClient>(echo.port(), frame);
    return [client] { client->call(); };
  });
  const Comparison synchronous = compare(sync_pings, sync_echoes, options.seconds / 3);

  wire::Question question;
  question.xid = txn::to_string(txn::Xid{});
  PipelinedCalls questions(*port, options, [&](Lane& lane) {
    lane.client.outcome(question, call_timeout,
                        [&lane](const auto& result) { lane.calls.answered(lane, result.ok()); });
  });
  const Comparison to_loop = compare(questions, echoes, options.seconds / 3);
  server.stop();
  loop.stop();

  fmt::print("{:<14}{:>14}{:>14}{:>10}\n", "calls/s", "ours", "bare echo", "ratio");
  print("pipelined", pipelined);
  print("synchronous", synchronous);
  print("to the loop", to_loop);
  const std::string json = fmt::format(
      R"({{"bench":"trivial_call","throughput_per_s":{:.0f},"bare_per_s":{:.0f},"ratio":{:.4f},"pairs":{},)"
      R"("connections":{},"in_flight":{},"sync_clients":{},"sync_per_s":{:.0f},"sync_bare_per_s":{:.0f},)"
      R"("sync_ratio":{:.4f},"loop_per_s":{:.0f},"loop_ratio":{:.4f}}})",
      pipelined.ours, pipelined.bare, pipelined.ratio, pipelined.pairs, options.connections,
      options.in_flight, options.clients, synchronous.ours, synchronous.bare, synchronous.ratio, to_loop.ours,
      to_loop.ratio);
  if (!options.json.empty() && !(std::ofstream(options.json) << json << "\n").flush())
    stop("cannot write " + options.json);
  fmt::print("{}\n", json);
}

}  // namespace

}  // namespace vow::bench

int main(int count, char** arguments) { vow::bench::run(vow::bench::parse(count, arguments)); }
