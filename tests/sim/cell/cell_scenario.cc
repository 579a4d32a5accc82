#include "tests/sim/cell/cell_scenario.h"

#include <array>

#include <fmt/format.h>

#include "tests/sim/cell/cell_program.h"
#include "tests/sim/violation.h"

namespace vow::sim::cell {
namespace {

constexpr machine::Found identity{.cell = 7, .incarnation = 3};
// Processes have ids beyond those of all nodes.
constexpr NodeId first_process{1'000};

Rare rare_of(dispatch::Policy policy) {
  using dispatch::Policy;
  switch (policy) {
    case Policy::round_robin:
      return Rare::policy_round_robin;
    case Policy::weighted:
      return Rare::policy_weighted;
    case Policy::random:
      return Rare::policy_random;
    case Policy::least_outstanding:
      return Rare::policy_least_outstanding;
    case Policy::consistent_hash:
      return Rare::policy_consistent_hash;
    case Policy::least_latency:
      return Rare::policy_least_latency;
  }
  return Rare::policy_round_robin;
}

dispatch::NodeCoordinator& coordinator_of(Host& host) {
  return dynamic_cast<CellProgram&>(host.program()).coordinator();
}

}  // namespace

CellScenario::CellScenario(World& world)
    : world_(world),
      options_(draw_cell_options(world.options)),
      checker_(world, identity),
      next_process_(first_process) {}

CellScenario::~CellScenario() = default;

std::unique_ptr<Program> CellScenario::make(NodeId node, Random random) {
  dispatch::CoordinatorOptions options = options_.coordinator;
  options.own_addresses.client = to_string(node);
  return std::make_unique<CellProgram>(world_, options_.decisions, options, random);
}

std::unique_ptr<Program> CellScenario::make_beginning(bool founds) {
  auto program = std::make_unique<CellProgram>(world_, options_.decisions, options_.coordinator, Random(0));
  if (founds) program->machine().found(identity, {});
  return program;
}

void CellScenario::begin(const Stage& stage) {
  Random random = stage.random;
  cluster_ = &stage.cluster;
  wire_ = std::make_unique<Wire>(world_, stage.network, options_.wire, random.fork());
  const Client::Surroundings around{world_, *wire_, stage.cluster, checker_};
  add_participants(around, random);
  add_initiators(around, random);
  watcher_ = std::make_unique<Watcher>(around, next_process_, "watcher", options_.habits, options_.watch,
                                       business_, random.fork());

  CellNemesis::Victims victims;
  std::vector<Database*> databases;
  for (const auto& each : participants_) victims.processes.push_back(each.get());
  for (const auto& each : initiators_) victims.processes.push_back(each.get());
  for (const auto& each : databases_) databases.push_back(each.get());
  victims.databases = databases;
  for (Client* process : victims.processes) process->start();
  watcher_->start();
  nemesis_ = std::make_unique<CellNemesis>(stage, std::move(victims), random.fork());
  nemesis_->begin();
  operator_ = std::make_unique<CellOperator>(stage, checker_, std::move(databases), random.fork());
  operator_->begin();
}

void CellScenario::add_participants(const Client::Surroundings& around, Random& random) {
  for (std::size_t nth = 0; nth < options_.resources; ++nth) {
    const std::string resource = fmt::format("r{}", nth);
    databases_.push_back(
        std::make_unique<Database>(world_, checker_, resource, options_.database, random.fork()));
    const std::uint64_t instances = random.between(1, options_.instances_max);
    for (std::uint64_t instance = 0; instance < instances; ++instance) {
      Participant::Manners manners = options_.participant;
      manners.policy = rare_of(options_.coordinator.leadership.delivery.policy);
      manners.weight = static_cast<std::uint32_t>(random.between(1, 5));
      participants_.push_back(
          std::make_unique<Participant>(around, next_process_, fmt::format("{}/{}", resource, instance),
                                        options_.habits, manners, *databases_.back(), random.fork()));
      next_process_ = next_process_.next();
      business_.participants.push_back(participants_.back().get());
    }
  }
}

void CellScenario::add_initiators(const Client::Surroundings& around, Random& random) {
  for (std::size_t nth = 0; nth < options_.initiators; ++nth) {
    initiators_.push_back(std::make_unique<Initiator>(around, next_process_, fmt::format("i{}", nth),
                                                      options_.habits, options_.initiator, business_,
                                                      random.fork()));
    next_process_ = next_process_.next();
  }
}

void CellScenario::settle() {
  for (const auto& each : participants_) each->behave();
  for (const auto& each : initiators_) each->finish_with(2);
  operator_->settle();
  nemesis_->heal_all();
}

std::optional<std::string> CellScenario::what_is_missing() {
  if (auto missing = what_users_miss()) return missing;
  if (auto missing = what_leader_misses()) return missing;
  auto kept = what_is_kept();
  if (!kept) return what_is_written();
  // Now that all is done, it may be forgotten: not at one leap, where the log is ahead of all clocks.
  if (!leapt_at_ || world_.clock.now() > *leapt_at_ + 5 * second) {
    leapt_at_ = world_.clock.now();
    world_.leapt += options_.decisions.grace_ms * millisecond + 60 * second;
    world_.trace.line("time leaps past all deadlines");
  }
  return kept;
}

std::optional<std::string> CellScenario::what_users_miss() const {
  for (const auto& each : initiators_) {
    if (!each->is_through()) return fmt::format("{} waits for its transactions", each->name());
  }
  for (const auto& each : participants_) {
    if (auto busy = each->busy_with()) return busy;
  }
  for (const auto& each : databases_) {
    const auto prepared = each->prepared();
    if (!prepared.empty())
      return fmt::format("{} is prepared in {}", brief(prepared.front()), each->resource());
  }
  return std::nullopt;
}

std::optional<std::string> CellScenario::what_leader_misses() const {
  Host* leader = cluster_->leader();
  if (leader == nullptr || !coordinator_of(*leader).is_leading()) return "nobody leads";
  const dispatch::Leadership& leading = *coordinator_of(*leader).leading();
  for (const txn::State state : {txn::State::open, txn::State::preparing, txn::State::deciding,
                                 txn::State::committing, txn::State::aborting}) {
    if (leading.open().count(state) > 0)
      return fmt::format("{} transactions are {}", leading.open().count(state), txn::name(state));
  }
  if (leading.delivery().undelivered() > 0) return "commands are undelivered";
  const std::size_t unfinished = coordinator_of(*leader).machine().decisions().unfinished();
  if (unfinished > 0) return fmt::format("{} decisions are unfinished", unfinished);
  return std::nullopt;
}

std::optional<std::string> CellScenario::what_is_kept() const {
  for (Host* host : cluster_->running()) {
    if (!cluster_->checker().configuration().is_member(host->id())) continue;
    const std::size_t kept = coordinator_of(*host).machine().decisions().size();
    if (kept > 0) return fmt::format("node {} still keeps {} decisions", host->id().value(), kept);
  }
  return std::nullopt;
}

// A cell that nobody uses writes nothing.
std::optional<std::string> CellScenario::what_is_written() {
  const Index committed = cluster_->checker().committed();
  const Time now = world_.clock.now();
  if (!idle_since_ || idle_since_->second != committed) idle_since_ = {now, committed};
  if (now >= idle_since_->first + 2 * second) return std::nullopt;
  return fmt::format("the idle cell wrote entry {}", committed.value());
}

// Whoever asks any node about anything that ever was is told what was said before.
void CellScenario::check_end() {
  checker_.check_end();
  std::size_t still_known = 0;
  for (Host* host : cluster_->running()) {
    dispatch::NodeCoordinator& coordinator = coordinator_of(*host);
    coordinator.check_invariants();
    for (const txn::Xid& xid : business_.begun) {
      const txn::Answer answer = coordinator.outcome(xid, std::nullopt, txn::Asker::watcher);
      checker_.told(host->id(), xid, std::nullopt, answer);
      still_known += answer.verdict == txn::Verdict::committed ? 1 : 0;
      if (coordinator.is_leading() && answer.verdict == txn::Verdict::ask_leader)
        throw Violation("who leads knows every transaction of its cell", brief(xid) + " is not known");
    }
  }
  if (still_known > 0) world_.happened(Rare::committed_by_bit);
}

}  // namespace vow::sim::cell
