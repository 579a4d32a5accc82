// How many transactions does one durable node decide, and how long does each take?
//
// Without databases: participants confirm at once. Server, initiators and participants share this machine.
// What counts is the ratio to a call that does nothing, made by the same client in turns within the same run:
// a transaction of two branches is three calls, so with no other cost the ratio would be 1.
#include <optional>
#include <string_view>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/calls.h"
#include "bench/commit_load.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "tests/support/cell_in_process.h"

namespace vow::bench {
namespace {

using testing::CellInProcess;

using Clock = std::chrono::steady_clock;

struct Options {
  double seconds;
  std::size_t connections;
  std::size_t calls_in_flight;  // in each connection
  std::size_t clients;          // synchronous ones
  std::string dir;
  std::string json;
};

Options parse(int count, char** arguments) {
  const Flags flags(
      count, arguments,
      {{"seconds", "60"}, {"connections", "2"}, {"calls-in-flight", "512"}, {"clients", "64"}, {"dir", "."}});
  return {flags.seconds(),        flags.count("connections"), flags.count("calls-in-flight"),
          flags.count("clients"), flags.text("dir"),          flags.text("json")};
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

// Threads with a connection each, one call after another.
class SynchronousClients {
 public:
  SynchronousClients(std::uint16_t port, std::size_t clients, std::int64_t voter) {
    for (std::size_t i = 0; i < clients; ++i)
      clients_.push_back(std::make_unique<SynchronousCommit>(port, Shape{}, voter));
  }
  [[nodiscard]] std::vector<std::function<void()>> pings() const {
    std::vector<std::function<void()>> all;
    for (const auto& client : clients_) all.emplace_back([&client] { client->ping(); });
    return all;
  }
  [[nodiscard]] std::vector<std::function<void()>> commits() const {
    std::vector<std::function<void()>> all;
    for (const auto& client : clients_) all.emplace_back([&client] { client->commit(); });
    return all;
  }

 private:
  std::vector<std::unique_ptr<SynchronousCommit>> clients_;
};

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
  PipelinedCalls pings(port, options.connections, options.calls_in_flight, PipelinedCalls::ping());
  PipelinedCommits commits(port, {}, options.connections, in_flight, participant->session());
  const CellInProcess::Figures before = cell.figures();
  const Ended ended_before = commits.ended();
  const Comparison peak = compare(commits.load(), pings.load(), 9, turn);
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
    const double per_second = rate(shaped.load(), turn * 2);
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

  const SynchronousClients clients(port, options.clients, participant->session());
  Synchronous sync_commits(clients.commits());
  Synchronous sync_pings(clients.pings());
  const Comparison sync = compare(sync_commits.load(), sync_pings.load(), 7, turn);
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
  finish(line, options.json);
}

}  // namespace
}  // namespace vow::bench

int main(int count, char** arguments) {
  vow::bench::run(vow::bench::parse(count, arguments));
  return 0;
}
