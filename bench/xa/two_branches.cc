#include "bench/xa/two_branches.h"

#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/options.h"
#include "bench/xa/server_cpu.h"
#include "bench/xa/turns.h"
#include "tests/support/cell_in_process.h"
#include "tests/support/temporary_directory.h"

namespace vow::bench {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t rounds = 7;

// Everything that one side or the other does: databases, clients and the coordinator.
class Machine {
 public:
  Machine(Accounts& from, Accounts& to) : from_(from), to_(to) {}

  [[nodiscard]] client_options client() {
    client_options options;
    options.coordinators = cell_.addresses();
    options.log = [](log_level level, std::string_view what) {
      if (level == log_level::warning || level == log_level::error) fmt::print(stderr, "{}\n", what);
    };
    return options;
  }
  [[nodiscard]] Used used() {
    const Spent one = from_.spent();
    const Spent other = to_.spent();
    return {.here_s = cpu_seconds(),
            .servers_s = one.cpu_s + other.cpu_s,
            .database_syncs = one.syncs + other.syncs,
            .coordinator_syncs = cell_.figures().log_syncs};
  }

 private:
  Accounts& from_;
  Accounts& to_;
  const testing::TemporaryDirectory folder_;
  testing::CellInProcess cell_{1, folder_.path()};
};

// The thread's own account, each time another one.
std::size_t account(std::size_t thread, std::size_t threads, std::uint64_t nth) {
  const std::size_t own = accounts_max / threads;
  return thread * own + nth * 7'919 % own;
}

Transactions by_vow(client& with, Accounts& from, Accounts& to, std::size_t threads) {
  return [&with, &from, &to, threads](std::size_t thread, std::uint64_t nth) {
    const std::size_t which = account(thread, threads, nth);
    with.run("transfer", [&](tx& in) {
      from.work(in, which, -1);
      to.work(in, which, 1);
    });
  };
}

class BareThreads {
 public:
  BareThreads(Accounts& from, Accounts& to, std::size_t threads) : threads_(threads) {
    for (std::size_t i = 0; i < threads; ++i) branches_.emplace_back(from.connect(), to.connect());
  }
  [[nodiscard]] Transactions transactions() {
    return [this](std::size_t thread, std::uint64_t nth) {
      auto& [debit, credit] = branches_[thread];
      const std::size_t which = account(thread, threads_, nth);
      debit->work(which, -1);
      credit->work(which, 1);
      debit->prepare();
      credit->prepare();
      debit->commit();
      credit->commit();
    };
  }

 private:
  const std::size_t threads_;
  std::vector<std::pair<std::unique_ptr<BareBranch>, std::unique_ptr<BareBranch>>> branches_;
};

void print(const std::string& what, double vow, double bare, double ratio) {
  fmt::print("{:<44}{:>11.1f}{:>11.1f}{:>9.3f}\n", what, vow, bare, ratio);
  std::fflush(stdout);
}

void print(std::size_t threads, const Versus& v) {
  const std::string who = threads == 1 ? "1 thread" : fmt::format("{} threads", threads);
  fmt::print("{}: of {} pairs of turns, the ratio was {:.3f} to {:.3f}\n", who, rounds, v.lowest, v.highest);
  print(who + ", transactions/s", v.ours.per_second, v.bare.per_second, v.ratio);
  print(who + ", p50 (us)", v.ours.p50, v.bare.p50, v.p50_ratio);
  print(who + ", p99 (us)", v.ours.p99, v.bare.p99, v.ours.p99 / v.bare.p99);
  print(who + ", p99.9 (us)", v.ours.p999, v.bare.p999, v.ours.p999 / v.bare.p999);
}

void print(const Cost& ours, const Cost& bare) {
  const auto line = [](const std::string& what, double one, double other) {
    print(what, one, other, other > 0 ? one / other : 0);
  };
  line("processor, clients and coordinator (us)", ours.here_us, bare.here_us);
  line("processor, database servers (us)", ours.servers_us, bare.servers_us);
  line("syncs of databases", ours.database_syncs, bare.database_syncs);
  line("syncs of the coordinator", ours.coordinator_syncs, bare.coordinator_syncs);
}

std::string json(const Figures& figures, const std::string& prefix) {
  return fmt::format(
      "\"{0}throughput_per_s\":{1:.0f},\"{0}p50_us\":{2:.0f},\"{0}p99_us\":{3:.0f},\"{0}p999_us\":{4:.0f}",
      prefix, figures.per_second, figures.p50, figures.p99, figures.p999);
}
std::string json(const Versus& v) {
  return fmt::format("{},{},\"ratio\":{:.4f},\"p50_ratio\":{:.4f}", json(v.ours, ""), json(v.bare, "bare_"),
                     v.ratio, v.p50_ratio);
}
std::string json(const Cost& cost, const std::string& prefix) {
  return fmt::format("\"{0}cpu_us_per_tx\":{1:.1f},\"{0}fsyncs_per_tx\":{2:.3f}", prefix,
                     cost.here_us + cost.servers_us, cost.database_syncs + cost.coordinator_syncs);
}

void check_nothing_is_left(Accounts& from, Accounts& to) {
  const std::int64_t sum = from.sum() + to.sum();
  const std::size_t prepared = from.prepared() + to.prepared();
  if (sum != 0 || from.sum() == 0) stop(fmt::format("money was moved wrongly: {} is left over", sum));
  if (prepared != 0) stop(fmt::format("{} branches are left prepared", prepared));
}

}  // namespace

TwoBranchesOptions TwoBranchesOptions::parse(int count, char** arguments) {
  const Flags flags(count, arguments, {{"seconds", "60"}, {"threads", "32"}});
  const std::size_t threads = flags.count("threads");
  if (threads > 500) stop("--threads takes at most 500");
  return {flags.seconds(), threads, flags.text("json")};
}

void compare_two_branches(const std::string& name, const TwoBranchesOptions& options, Accounts& from,
                          Accounts& to) {
  Machine machine(from, to);
  client with(machine.client());
  from.serve(with, "from");
  to.serve(with, "to");
  const Side ours{by_vow(with, from, to, options.threads), [&] { return machine.used(); }};
  BareThreads threads(from, to, options.threads);
  const Side bare{threads.transactions(), [&] { return machine.used(); }};
  const auto part = [&](double share) {
    return milliseconds(static_cast<std::int64_t>(options.seconds * 1'000 * share));
  };

  fmt::print("{:<44}{:>11}{:>11}{:>9}\n", "", "Vow", "bare", "ratio");
  const Versus many = compare(ours, bare, options.threads, rounds, part(0.55) / (2 * rounds));
  print(options.threads, many);
  const Versus alone = compare(ours, bare, 1, rounds, part(0.25) / (2 * rounds));
  print(1, alone);
  const Cost our_cost = cost_of(ours, options.threads, part(0.1));
  const Cost bare_cost = cost_of(bare, options.threads, part(0.1));
  print(our_cost, bare_cost);

  from.leave();
  to.leave();
  check_nothing_is_left(from, to);
  finish(fmt::format("{{\"bench\":\"{}\",\"threads\":{},{},{},{},\"one_thread\":{{{}}}}}", name,
                     options.threads, json(many), json(our_cost, ""), json(bare_cost, "bare_"), json(alone)),
         options.json);
}

}  // namespace vow::bench
