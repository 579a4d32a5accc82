#include "tests/sim/cell/cell_nemesis.h"

namespace vow::sim::cell {

void CellNemesis::begin() {
  again(Chaos::process_crash, 2 * second, &CellNemesis::crash);
  again(Chaos::process_crash, 15 * second, &CellNemesis::crash_with_leader);
  again(Chaos::process_pause, 4 * second, &CellNemesis::pause);
  again(Chaos::process_cut, 4 * second, &CellNemesis::cut_off);
  again(Chaos::database_crash, 5 * second, &CellNemesis::crash_database);
  again(Chaos::clock_skew, 10 * second, &CellNemesis::drift);
  again(Chaos::wall_jump, 12 * second, &CellNemesis::jump_wall);
  again(Chaos::leap, 12 * second, &CellNemesis::leap);
}

void CellNemesis::again(Chaos chaos, Time mean, Act act) {
  if (!world_.options.suffers(chaos)) return;
  const auto paced = static_cast<Time>(static_cast<double>(mean) / world_.options.pace);
  world_.clock.after(around(random_, paced), [this, chaos, mean, act] {
    if (over_) return;
    (this->*act)();
    again(chaos, mean, act);
  });
}

void CellNemesis::heal_all() {
  over_ = true;
  for (Client* process : victims_.processes) {
    process->clock().heal();
    process->resume();
    process->start();
  }
}

void CellNemesis::crash() {
  Client& process = any_process();
  process.crash();
  world_.happened(Rare::process_crashed);
  const Time down = random_.chance(0.4) ? random_.below(50 * millisecond) : around(random_, 2 * second);
  world_.clock.after(down, [&process] { process.start(); });
}

void CellNemesis::crash_with_leader() {
  Host* leader = cluster_.leader();
  if (leader == nullptr) return;
  world_.happened(Rare::process_crashed_with_leader);
  leader->crash(Crash::process);
  cluster_.start_soon(leader->id(), around(random_, second));
  crash();
}

void CellNemesis::pause() {
  Client& process = any_process();
  if (!process.is_running()) return;
  world_.happened(Rare::process_paused);
  process.pause();
  world_.clock.after(around(random_, 2 * second), [&process] { process.resume(); });
}

// From some nodes, from all, or in one direction alone.
void CellNemesis::cut_off() {
  Cut cut{{any_process().id()}, {}, true, true};
  if (random_.chance(0.5)) {
    for (const Host* host : cluster_.hosts()) {
      if (random_.chance(0.5)) cut.outside.insert(host->id());
    }
  }
  if (random_.chance(0.3)) (random_.chance(0.5) ? cut.inward : cut.outward) = false;
  world_.happened(Rare::process_cut_off);
  ++world_.counters.partitions;
  const std::uint64_t id = network_.cut(cut);
  world_.clock.after(around(random_, 2 * second), [this, id] { network_.heal(id); });
}

void CellNemesis::crash_database() {
  Database& database = *victims_.databases[random_.below(victims_.databases.size())];
  world_.trace.line("database {} crashes", database.resource());
  world_.happened(Rare::database_crashed);
  database.crash();
}

// By a few percent, which no quartz does.
void CellNemesis::drift() {
  for (Host* host : cluster_.hosts()) host->clock().set_speed(random_.between(970, 1'030));
  any_process().clock().set_speed(random_.between(900, 1'100));
}

void CellNemesis::jump_wall() {
  const std::vector<Host*> hosts = cluster_.hosts();
  if (hosts.empty()) return;
  Host& host = *hosts[random_.below(hosts.size())];
  const auto ms = static_cast<std::int64_t>(random_.below(600'000));
  const std::int64_t ahead = random_.chance(0.5) ? ms : -ms;
  world_.trace.line("node {}'s wall clock goes {} ms ahead", host.id().value(), ahead);
  world_.happened(ahead > 0 ? Rare::wall_jumped_ahead : Rare::wall_jumped_back);
  host.clock().set_wall_ahead(ahead);
}

void CellNemesis::leap() {
  world_.leapt +=
      random_.chance(0.5) ? random_.between(1, 60) * second : random_.between(1, 5) * 3'600 * second;
  world_.trace.line("time leaps to {} s", (world_.clock.now() + world_.leapt) / second);
  world_.happened(Rare::time_leapt);
}

}  // namespace vow::sim::cell
