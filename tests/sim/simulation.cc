#include "tests/sim/simulation.h"

#include <algorithm>
#include <exception>

#include "coordinator/base/check.h"
#include "tests/sim/cluster.h"
#include "tests/sim/nemesis.h"
#include "tests/sim/operator.h"
#include "tests/sim/scenario.h"
#include "tests/sim/violation.h"

namespace vow::sim {
namespace {

class Simulation {
 public:
  Simulation(const Options& options, std::FILE* trace_out)
      : world_(options, trace_out),
        random_(options.seed ^ 0x5eed5eed5eed5eedULL),
        network_(world_, random_.fork()),
        scenario_(make_scenario(world_)),
        cluster_(world_, network_, *scenario_, random_.fork()),
        users_random_(random_.fork()),
        nemesis_(world_, network_, cluster_, random_.fork()),
        operator_(world_, cluster_, random_.fork(),
                  [this](const std::set<NodeId>& leaving) { nemesis_.maybe_cut_off(leaving); }) {}

  void run() {
    world_.trace.line("seed {}: {}", world_.options.seed, describe(world_.options));
    world_.happened(world_.options.sqlite ? Rare::sqlite_seed : Rare::memory_seed);
    world_.happened(world_.options.kind == Kind::cell ? Rare::cell_seed : Rare::register_seed);
    cluster_.begin(world_.options.nodes);
    scenario_->begin({world_, network_, cluster_, users_random_});
    nemesis_.begin();
    operator_.begin();
    const Time until = world_.options.until.value_or(world_.options.safety);
    world_.clock.run_until(std::min(until, world_.options.safety));
    if (world_.options.until) return;
    nemesis_.heal_all();
    operator_.settle();
    scenario_->settle();
    settle();
    scenario_->check_end();
  }

  [[nodiscard]] RunResult result() {
    RunResult result;
    result.seed = world_.options.seed;
    world_.counters.disk_faults += cluster_.disk_faults();
    world_.counters.virtual_us = world_.clock.now();
    world_.counters.events = world_.clock.executed();
    result.counters = world_.counters;
    result.rare = world_.sometimes.counts();
    result.trace_hash = world_.trace.hash();
    return result;
  }

 private:
  void settle() {
    const Time bound = world_.clock.now() + world_.options.liveness;
    while (const auto missing = what_is_missing()) {
      if (world_.clock.now() >= bound) {
        throw Violation(
            "when faults stop, everything is finished within a bound",
            fmt::format("after {} s without faults: {}", world_.options.liveness / second, *missing));
      }
      world_.clock.run_until(world_.clock.now() + 50 * millisecond);
    }
  }

  std::optional<std::string> what_is_missing() {
    if (const auto missing = scenario_->what_is_missing()) return missing;
    if (!cluster_.lost_members().empty()) return "a node without a disk is still a member";
    const raft::Configuration& members = cluster_.checker().configuration();
    if (members.joint()) return "the configuration is still joint";
    for (const NodeId id : members.members()) {
      const Host* host = cluster_.host(id);
      if (host->state() != Host::State::running) return fmt::format("node {} does not run", id.value());
      if (host->node()->applied().index < cluster_.checker().committed()) {
        return fmt::format("node {} has applied {} of {}", id.value(), host->node()->applied().index.value(),
                           cluster_.checker().committed().value());
      }
    }
    return std::nullopt;
  }

  World world_;
  Random random_;
  Network network_;
  std::unique_ptr<Scenario> scenario_;
  Cluster cluster_;
  Random users_random_;
  Nemesis nemesis_;
  Operator operator_;
};

}  // namespace

RunResult run_seed(std::uint64_t seed, const Restrictions& restrictions, std::FILE* trace_out) {
  Simulation simulation(draw_options(seed, restrictions), trace_out);
  std::string check, what;
  try {
    simulation.run();
  } catch (const Violation& violation) {
    check = violation.check();
    what = violation.what();
  } catch (const CheckFailed& failed) {
    check = "the product's own checks hold";
    what = failed.what();
  }
  RunResult result = simulation.result();
  result.failed = !check.empty();
  result.check = check;
  result.what = what;
  return result;
}

}  // namespace vow::sim
