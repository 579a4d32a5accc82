// Does a node get slower as it holds more? Transactions whose participants are absent pile up, decided and
// undelivered; others are decided and finished meanwhile, and their cost is compared with what it was at the
// beginning.
//
//   cost       of a transaction, with few undelivered decisions and with very many
//   snapshot   how long commits take at the worst while the whole state is written
//   restart    until the node answers again, with all of it on its disk
#include <optional>

#include <fmt/format.h>

#include "bench/commit_load.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "tests/support/cell_in_process.h"

namespace vow::bench {
namespace {

using testing::CellInProcess;

using namespace std::chrono_literals;

struct Options {
  double seconds;
  std::uint64_t undelivered;
  std::string dir;
  std::string json;
};

Options parse(int count, char** arguments) {
  const Flags flags(count, arguments, {{"seconds", "30"}, {"undelivered", "1000000"}, {"dir", "."}});
  return {flags.seconds(), flags.count("undelivered"), flags.text("dir"), flags.text("json")};
}

void pile_up(CellInProcess& cell, PipelinedCommits& absent, std::uint64_t undelivered) {
  absent.start();
  while (absent.ended().all() < undelivered) {
    std::this_thread::sleep_for(200ms);
    fmt::print(stderr, "\r{} of {} undelivered", cell.figures().unfinished, undelivered);
  }
  absent.stop();
  fmt::print(stderr, "\n");
}

// Waits, if it must, for one to be finished in that time.
Latencies while_snapshots_are_written(CellInProcess& cell, PipelinedCommits& load, double per_second,
                                      std::chrono::milliseconds length) {
  const std::uint64_t before = cell.figures().snapshot_index;
  Latencies latencies = load.at_rate(per_second, length);
  for (int more = 0; cell.figures().snapshot_index == before; ++more) {
    if (more == 10) stop("no snapshot was written while it measured");
    latencies.merge(load.at_rate(per_second, length));
  }
  return latencies;
}

void run(const Options& options) {
  // Snapshots of everything come often: with each 4 MiB of log.
  CellInProcess cell(1, options.dir, [](cli::ServeConfig& config) {
    config.log.snapshot_bytes = 4u << 20;
    config.delivery.backlog_max = 10'000'000;
  });
  const auto turn = std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000 / 12));

  // Those who are never there serve "r2" and "r3".
  std::optional<Participant> participant(std::in_place, cell.leader_port(), 2);
  auto present =
      std::make_unique<PipelinedCommits>(cell.leader_port(), Shape{}, 2, 128, participant->session());
  auto absent = std::make_unique<PipelinedCommits>(cell.leader_port(), Shape{.first_resource = 2}, 2, 256, 0);

  pile_up(cell, *absent, 1'000);
  const double few = rate(present->load(), turn * 2);
  Latencies few_latencies = while_snapshots_are_written(cell, *present, few / 4, turn * 4);

  pile_up(cell, *absent, options.undelivered);
  const double many = rate(present->load(), turn * 2);
  Latencies many_latencies = while_snapshots_are_written(cell, *present, few / 4, turn * 4);

  const std::uint64_t unfinished = cell.figures().unfinished;
  present.reset();
  absent.reset();
  participant.reset();
  const double restart_ms = cell.restart_ms();
  const std::uint64_t unfinished_after = cell.figures().unfinished;

  fmt::print(
      "{:>12} undelivered: {:>8.0f} tx/s, p99.9 {:.1f} ms\n{:>12} undelivered: {:>8.0f} tx/s, p99.9 {:.1f} "
      "ms\n"
      "cost ratio {:.3f}; restart {:.0f} ms, with {} of {} decisions to be finished\n",
      1'000, few, few_latencies.quantile(0.999) / 1000, unfinished, many,
      many_latencies.quantile(0.999) / 1000, few / many, restart_ms, unfinished_after, unfinished);
  if (unfinished_after < options.undelivered) stop("decisions were lost in the restart");
  const std::string line = fmt::format(
      "{{\"bench\":\"growth\",\"undelivered\":{},\"few_per_s\":{:.0f},\"many_per_s\":{:.0f},\"cost_ratio\":{:"
      ".4f},"
      "\"few_p999_us\":{:.0f},\"many_p999_us\":{:.0f},\"restart_ms\":{:.0f}}}",
      unfinished, few, many, few / many, few_latencies.quantile(0.999), many_latencies.quantile(0.999),
      restart_ms);
  finish(line, options.json);
}

}  // namespace
}  // namespace vow::bench

int main(int count, char** arguments) {
  vow::bench::run(vow::bench::parse(count, arguments));
  return 0;
}
