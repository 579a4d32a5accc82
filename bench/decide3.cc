// What does replication to three nodes cost? The same transactions on a cell of three and on a cell of one,
// in turns, all nodes on the same cores.
#include <fmt/format.h>

#include "bench/commit_load.h"
#include "bench/measure.h"
#include "bench/options.h"
#include "tests/support/cell_in_process.h"

namespace vow::bench {
namespace {

using testing::CellInProcess;

struct Options {
  double seconds;
  std::size_t connections;
  std::size_t calls_in_flight;  // in each connection
  std::string dir;
  std::string json;
};

Options parse(int count, char** arguments) {
  const Flags flags(count, arguments,
                    {{"seconds", "30"}, {"connections", "2"}, {"calls-in-flight", "512"}, {"dir", "."}});
  return {flags.seconds(), flags.count("connections"), flags.count("calls-in-flight"), flags.text("dir"),
          flags.text("json")};
}

// A cell under load.
struct Side {
  Side(std::size_t nodes, const Options& options)
      : cell(nodes, fmt::format("{}/decide3-{}", options.dir, nodes)),
        participant(cell.leader_port(), 2),
        commits(cell.leader_port(), {}, options.connections,
                std::max<std::size_t>(1, options.calls_in_flight / 2), participant.session()) {}
  CellInProcess cell;
  Participant participant;
  PipelinedCommits commits;
};

void run(const Options& options) {
  Side three(3, options);
  Side one(1, options);
  constexpr std::size_t pairs = 9;
  const auto turn =
      std::chrono::milliseconds(static_cast<std::int64_t>(options.seconds * 1000 / (2 * pairs + 6)));
  const Comparison c = compare(three.commits.load(), one.commits.load(), pairs, turn);
  fmt::print("three nodes {:.0f}/s, one node {:.0f}/s, ratio {:.3f} ({:.3f} to {:.3f}, {} pairs)\n", c.one,
             c.other, c.ratio, c.lowest, c.highest, c.pairs);
  Latencies latencies = three.commits.at_rate(c.one / 2, turn * 5);
  const std::string line = fmt::format(
      "{{\"bench\":\"decide3\",\"throughput_per_s\":{:.0f},\"one_node_per_s\":{:.0f},\"ratio\":{:.4f},\"p50_"
      "us\":{:.0f},"
      "\"p99_us\":{:.0f},\"p999_us\":{:.0f}}}",
      c.one, c.other, c.ratio, latencies.quantile(0.5), latencies.quantile(0.99), latencies.quantile(0.999));
  finish(line, options.json);
}

}  // namespace
}  // namespace vow::bench

int main(int count, char** arguments) {
  vow::bench::run(vow::bench::parse(count, arguments));
  return 0;
}
