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
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "bench/bare_echo.h"
#include "bench/calls.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "coordinator/rpc/blocking_channel.h"
#include "coordinator/rpc/handler.h"
#include "coordinator/rpc/server.h"
#include "tests/rpc/scripted_coordinator.h"

namespace vow::bench {

namespace {

struct Options {
  double seconds;
  std::size_t connections;
  std::size_t in_flight;  // in each
  std::size_t clients;    // synchronous ones
  std::string json;
};

Options parse(int count, char** arguments) {
  const Flags flags(count, arguments,
                    {{"seconds", "45"}, {"connections", "2"}, {"in-flight", "512"}, {"clients", "64"}});
  return {flags.seconds(), flags.count("connections"), flags.count("in-flight"), flags.count("clients"),
          flags.text("json")};
}

// The same frames, echoed.
class PipelinedEcho {
 public:
  PipelinedEcho(std::uint16_t port, const Options& options, const std::string& frame)
      : in_flight_(options.in_flight), done_(options.connections) {
    for (std::size_t i = 0; i < options.connections; ++i)
      lanes_.push_back(std::make_unique<EchoPipeline>(port, frame));
  }
  Load load() {
    return {[this] {
              for (std::size_t i = 0; i < lanes_.size(); ++i)
                lanes_[i]->start(in_flight_, [this, i] { done_.add_one(i); });
            },
            [this] {
              for (const auto& lane : lanes_) lane->stop();
            },
            [this] { return done_.sum(); }};
  }

 private:
  const std::size_t in_flight_;
  Count done_;
  std::vector<std::unique_ptr<EchoPipeline>> lanes_;
};

// For each of so many threads what `make` gives it.
std::vector<std::function<void()>> each(std::size_t threads,
                                        const std::function<std::function<void()>()>& make) {
  std::vector<std::function<void()>> all(threads);
  std::generate(all.begin(), all.end(), make);
  return all;
}

Comparison compare_for(double seconds, const Load& ours, const Load& bare) {
  const auto pairs = static_cast<std::size_t>(std::max(7.0, seconds / 2));
  const double turn_ms = seconds * 1000 / static_cast<double>(2 * pairs);
  return compare(ours, bare, pairs, std::chrono::milliseconds(static_cast<std::int64_t>(turn_ms)));
}

void print(std::string_view name, const Comparison& c) {
  fmt::print("{:<14}{:>14.0f}{:>14.0f}{:>10.3f}  ({:.3f} to {:.3f} over {} pairs of turns)\n", name, c.one,
             c.other, c.ratio, c.lowest, c.highest, c.pairs);
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

  PipelinedCalls pings(*port, options.connections, options.in_flight, PipelinedCalls::ping());
  PipelinedEcho echoes(echo.port(), options, frame);
  const Comparison pipelined = compare_for(options.seconds / 3, pings.load(), echoes.load());

  Synchronous sync_pings(each(options.clients, [&] {
    const auto channel = std::make_shared<rpc::BlockingChannel>(rpc::BlockingChannelOptions{.port = *port});
    return [channel] {
      if (!rpc::Client(*channel).ping(call_timeout).ok()) bench::stop("a call failed");
    };
  }));
  Synchronous sync_echoes(each(options.clients, [&] {
    const auto client = std::make_shared<EchoClient>(echo.port(), frame);
    return [client] { client->call(); };
  }));
  const Comparison synchronous = compare_for(options.seconds / 3, sync_pings.load(), sync_echoes.load());

  wire::Question question;
  question.xid = txn::to_string(txn::Xid{});
  PipelinedCalls questions(*port, options.connections, options.in_flight, [&](PipelinedCalls::Lane& lane) {
    lane.client.outcome(question, call_timeout, [&lane](const auto& result) { lane.answered(result.ok()); });
  });
  const Comparison to_loop = compare_for(options.seconds / 3, questions.load(), echoes.load());
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
      pipelined.one, pipelined.other, pipelined.ratio, pipelined.pairs, options.connections,
      options.in_flight, options.clients, synchronous.one, synchronous.other, synchronous.ratio, to_loop.one,
      to_loop.ratio);
  finish(json, options.json);
}

}  // namespace

}  // namespace vow::bench

int main(int count, char** arguments) { vow::bench::run(vow::bench::parse(count, arguments)); }
