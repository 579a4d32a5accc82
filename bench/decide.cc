// How many transactions does one durable node decide, and how long does each take?
//
// Without databases: participants confirm at once. Server, initiators and participants share this machine.
// What counts is the ratio to a call that does nothing, made by the same client in turns within the same run:
// a transaction of two branches is three calls, so with no other cost the ratio would be 1.
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/cell_in_process.h"
#include "bench/commit_load.h"
#include "bench/measure.h"

namespace vow::bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Options {
  double seconds = 60;
  std::size_t connections = 2;
  std::size_t calls_in_flight = 512;  // in each connection
  std::size_t clients = 64;           // synchronous ones
  std::string dir = ".";
  std::string json;
};

Options parse(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == count) stop(fmt::format("bench_decide: {} needs a value", name));
    const std::string value = arguments[i + 1];
    if (name == "--seconds")
      options.seconds = std::strtod(value.c_str(), nullptr);
    else if (name == "--connections")
      options.connections = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--calls-in-flight")
      options.calls_in_flight = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--clients")
      options.clients = std::strtoull(value.c_str(), nullptr, 10);
    else if (name == "--dir")
      options.dir = value;
    else if (name == "--json")
      options.json = value;
    else
      stop(fmt::format(
          "bench_decide: unknown option {}; known: --seconds --connections --calls-in-flight --clients "
          "--dir --json",
          name));
  }
  return options;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

// Pings as many as there would be calls of transactions.
class Pings {
 public:
  Pings(std::uint16_t port, std::size_t connections, std::size_t in_flight) : in_flight_(in_flight) {
    for (std::size_t i = 0; i < connections; ++i) lanes_.push_back(std::make_unique<Lane>(port));
  }
  Load load() {
    return {[this] { start(); }, [this] { stop_all(); },
            [this] { return done_.load(std::memory_order_relaxed); }};
  }

 private:
  struct Lane {
    explicit Lane(std::uint16_t port) : channel(reactor, {.port = port}), client(channel) {}
    rpc::Reactor reactor;
    rpc::Channel channel;
    rpc::Client client;
    std::atomic<std::size_t> left{0};
  };
  void start() {
    stopping_ = false;
    for (const auto& lane : lanes_) {
      lane->left = in_flight_;
      lane->reactor.run_and_wait([&] {
        for (std::size_t i = 0; i < in_flight_; ++i) next(*lane);
      });
    }
  }
  void stop_all() {
    stopping_ = true;
    for (const auto& lane : lanes_) {
      while (lane->left > 0) std::this_thread::sleep_for(1ms);
    }
  }
  void next(Lane& lane) {
    lane.client.ping(call_timeout, [this, &lane](rpc::CallResult<void> answer) {
      if (!answer) stop("a ping failed: " + answer.error().text());
      done_.fetch_add(1, std::memory_order_relaxed);
      if (stopping_.load(std::memory_order_relaxed))
        --lane.left;
      else
        next(lane);
    });
  }

  const std::size_t in_flight_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> done_{0};
  std::vector<std::unique_ptr<Lane>> lanes_;
};

// Threads with a connection each, one call after another.
class Synchronous {
 public:
  Synchronous(std::uint16_t port, const Shape& shape, std::size_t clients, std::int64_t voter) {
    for (std::size_t i = 0; i < clients; ++i)
      clients_.push_back(std::make_unique<SynchronousCommit>(port, shape, voter));
  }
  Load pings() {
    return load([](SynchronousCommit& client) { client.ping(); });
  }
  Load commits() {
    return load([](SynchronousCommit& client) { client.commit(); });
  }

 private:
  Load load(std::function<void(SynchronousCommit&)> what) {
    return {[this, what] {
              stopping_ = false;
              for (const auto& client : clients_) {
                threads_.emplace_back([this, what, &client] {
                  while (!stopping_.load(std::memory_order_relaxed)) {
                    what(*client);
                    done_.fetch_add(1, std::memory_order_relaxed);
                  }
                });
              }
            },
            [this] {
              stopping_ = true;
              for (std::thread& thread : threads_) thread.join();
              threads_.clear();
            },
            [this] { return done_.load(std::memory_order_relaxed); }};
  }

  std::vector<std::unique_ptr<SynchronousCommit>> clients_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint64_t> done_{0};
};

Load load_of(PipelinedCommits& commits) {
  return {[&] { commits.start(); }, [&] { commits.stop(); }, [&] { return commits.ended().all(); }};
}

// A file of its own, written before: what one page costs to be made durable again.
class SyncedFile {
 public:
  explicit SyncedFile(const std::string& dir) {
    const std::string name = fmt::format("{}/vow-bench-sync-{}", dir, ::getpid());
    file_ = ::open(name.c_str(), O_CREAT | O_RDWR, 0600);
    if (file_ < 0) stop("no file can be made in " + dir);
    ::unlink(name.c_str());
    for (int i = 0; i < 20; ++i) (void)sync_us();
  }
  ~SyncedFile() { ::close(file_); }
  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;

  double sync_us() {
    const auto begin = Clock::now();
    const bool done = ::pwrite(file_, page_.data(), page_.size(), 0) == static_cast<ssize_t>(page_.size()) &&
                      ::fdatasync(file_) == 0;
    if (!done) stop("a sync failed");
    return std::chrono::duration<double, std::micro>(Clock::now() - begin).count();
  }

 private:
  int file_ = -1;
  const std::string page_ = std::string(4096, 'x');
};

// One transaction at a time: how its commit compares with the least that it needs, one round trip and one
// sync.
Comparison unloaded(std::uint16_t port, std::int64_t voter, SyncedFile& file) {
  SynchronousCommit client(port, {}, voter);
  std::vector<double> ours;
  std::vector<double> least;
  std::vector<double> ratios;
  for (int i = 0; i < 200; ++i) {
    ours.push_back(client.commit());
    const auto begin = Clock::now();
    client.ping();
    least.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count() + file.sync_us());
    ratios.push_back(ours.back() / least.back());
  }
  return {median(ours),
          median(least),
          median(ratios),
          *std::min_element(ratios.begin(), ratios.end()),
          *std::max_element(ratios.begin(), ratios.end()),
          ratios.size()};
}

void print(std::string_view name, const Comparison& c) {
  fmt::print("{:<34}{:>12.0f}{:>14.0f}{:>9.3f}  ({:.3f} to {:.3f}, {} pairs)\n", name, c.one, c.other,
             c.ratio, c.lowest, c.highest, c.pairs);
  std::fflush(stdout);
}

void run(const Options& options) {
  CellInProcess cell(1, options.dir);
  const std::uint16_t port = cell.leader_port();
  std::optional<Participant> participant(std::in_place, port, 16);
  const std::size_t in_flight = std::max<std::size_t>(1, options.calls_in_flight / 2);
  const auto turn = std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000 / 44));

  fmt::print("{:<34}{:>12}{:>14}{:>9}\n", "", "per second", "compared to", "ratio");
  Pings pings(port, options.connections, options.calls_in_flight);
  PipelinedCommits commits(port, {}, options.connections, in_flight, participant->session());
  const CellInProcess::Figures before = cell.figures();
  const Ended ended_before = commits.ended();
  const Comparison peak = compare(load_of(commits), pings.load(), 9, turn);
  const CellInProcess::Figures after = cell.figures();
  const auto transactions = static_cast<double>(commits.ended().all() - ended_before.all());
  print("commit of 2, against trivial calls", peak);
  const double ratio = peak.ratio * 3;

  // What a transaction costs, while nothing else runs.
  const CellInProcess::Figures peak_before = cell.figures();
  const double peak_cpu_before = cpu_seconds();
  const std::uint64_t peak_done_before = commits.ended().all();
  commits.start();
  std::this_thread::sleep_for(turn * 3);
  const CellInProcess::Figures while_running = cell.figures();
  commits.stop();
  const CellInProcess::Figures peak_after = cell.figures();
  const auto peak_done = static_cast<double>(commits.ended().all() - peak_done_before);
  const double cpu_us = (cpu_seconds() - peak_cpu_before) * 1e6 / peak_done;
  const double records = static_cast<double>(peak_after.records - peak_before.records) / peak_done;
  const double syncs = static_cast<double>(peak_after.log_syncs - peak_before.log_syncs) / peak_done;
  const double bytes = static_cast<double>(peak_after.record_bytes - peak_before.record_bytes) / peak_done;
  fmt::print(
      "records {:.3f}, syncs {:.4f}, bytes {:.0f}, processor {:.1f} us a transaction; {} decisions not "
      "finished at "
      "the end\n",
      records, syncs, bytes, cpu_us, while_running.unfinished);

  std::string shapes;
  for (const auto& [branches, aborts] :
       {std::pair<std::size_t, std::uint32_t>{1, 0}, {4, 0}, {8, 0}, {16, 0}, {2, 10}, {2, 50}}) {
    PipelinedCommits shaped(port, {.branches = branches, .abort_percent = aborts}, options.connections,
                            std::max<std::size_t>(1, options.calls_in_flight / branches),
                            participant->session());
    const double per_second = rate(load_of(shaped), turn * 2);
    fmt::print("{:<34}{:>12.0f}\n", fmt::format("{} branches, {} % rolled back", branches, aborts),
               per_second);
    std::fflush(stdout);
    shapes += fmt::format("{}{{\"branches\":{},\"abort_percent\":{},\"throughput_per_s\":{:.0f}}}",
                          shapes.empty() ? "" : ",", branches, aborts, per_second);
  }

  PipelinedCommits open_loop(port, {}, options.connections, in_flight, participant->session());
  Latencies latencies = open_loop.at_rate(peak.one / 2, turn * 5);
  fmt::print("at half the peak, from the intended start: p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us\n",
             latencies.quantile(0.5), latencies.quantile(0.99), latencies.quantile(0.999));

  SyncedFile file(options.dir);
  const Comparison alone = unloaded(port, participant->session(), file);
  print("one commit alone (us), round trip + sync", alone);

  Synchronous synchronous(port, {}, options.clients, participant->session());
  const Comparison sync = compare(synchronous.commits(), synchronous.pings(), 7, turn);
  print(fmt::format("{} synchronous clients", options.clients), sync);

  const std::string line = fmt::format(
      "{{\"bench\":\"decide\",\"throughput_per_s\":{:.0f},\"p50_us\":{:.0f},\"p99_us\":{:.0f},\"p999_us\":{:."
      "0f},"
      "\"fsyncs_per_tx\":{:.5f},\"records_per_tx\":{:.4f},\"bytes_per_tx\":{:.1f},\"cpu_us_per_tx\":{:.2f},"
      "\"null_rpc_per_s\":{:.0f},\"fsync_per_s\":{:.0f},\"ratio\":{:.4f},\"sync_ratio\":{:.4f},\"unloaded_"
      "us\":{:.0f},"
      "\"unloaded_ratio\":{:.3f},\"finished_of_committed\":{:.4f},\"shapes\":[{}]}}",
      peak.one, latencies.quantile(0.5), latencies.quantile(0.99), latencies.quantile(0.999), syncs, records,
      bytes, cpu_us, peak.other, 1e6 / file.sync_us(), ratio, sync.ratio * 3, alone.one, alone.ratio,
      static_cast<double>(after.finished - before.finished) / transactions, shapes);
  participant.reset();
  if (!options.json.empty()) std::ofstream(options.json) << line << '\n';
  fmt::print("{}\n", line);
}

}  // namespace
}  // namespace vow::bench

int main(int count, char** arguments) {
  vow::bench::run(vow::bench::parse(count, arguments));
  return 0;
}
