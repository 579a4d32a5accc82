#include "tests/sim/nemesis.h"

#include <algorithm>
#include <array>

namespace vow::sim {

void Nemesis::begin() {
  static constexpr std::array habits = {
      Habit{Chaos::split, 6 * second, &Nemesis::split},
      Habit{Chaos::one_way, 8 * second, &Nemesis::one_way},
      Habit{Chaos::partial, 8 * second, &Nemesis::partial},
      Habit{Chaos::flapping, 15 * second, &Nemesis::flapping},
      Habit{Chaos::crash, 5 * second, &Nemesis::crash},
      Habit{Chaos::crash, 1 * second, &Nemesis::crash_receiver},
      Habit{Chaos::power_loss, 8 * second, &Nemesis::lose_power},
      Habit{Chaos::power_loss_of_all, 25 * second, &Nemesis::lose_power_everywhere},
      Habit{Chaos::pause, 6 * second, &Nemesis::pause},
      Habit{Chaos::clock_skew, 10 * second, &Nemesis::skew_clock},
      Habit{Chaos::clock_jump, 8 * second, &Nemesis::jump_clock},
      Habit{Chaos::slow_disk, 8 * second, &Nemesis::slow_disk},
      Habit{Chaos::disk_error, 10 * second, &Nemesis::disk_error},
      Habit{Chaos::sync_failure, 12 * second, &Nemesis::sync_failure},
      Habit{Chaos::disk_full, 10 * second, &Nemesis::disk_full},
      Habit{Chaos::bit_flip, 6 * second, &Nemesis::bit_flip},
      Habit{Chaos::wipe, 20 * second, &Nemesis::wipe},
  };
  for (const Habit& habit : habits) {
    if (world_.options.suffers(habit.chaos)) again(habit);
  }
}

void Nemesis::again(const Habit& habit) {
  const auto mean = static_cast<Time>(static_cast<double>(habit.mean) / world_.options.pace);
  world_.clock.after(around(random_, mean), [this, habit] {
    if (over_) return;
    (this->*habit.act)();
    again(habit);
  });
}

void Nemesis::heal_all() {
  over_ = true;
  world_.trace.line("all faults end");
  network_.heal_all();
  for (Host* host : cluster_.hosts()) {
    host->heal();
    host->resume();
    if (host->is_tainted())
      host->lose();
    else
      cluster_.start_soon(host->id(), random_.below(second));
  }
}

void Nemesis::maybe_cut_off(const std::set<NodeId>& leaving) {
  if (over_ || leaving.empty() || !world_.options.suffers(Chaos::split) || random_.chance(0.3)) return;
  world_.clock.after(random_.below(20 * millisecond), [this, leaving] {
    if (!over_) cut_for({leaving, {}, true, true}, around(random_, 2 * second));
  });
}

Host* Nemesis::victim() {
  Host* leader = cluster_.leader();
  if (leader != nullptr && random_.chance(0.3)) return leader;
  std::vector<Host*> running = cluster_.running();
  const bool in_snapshots = random_.chance(0.2);
  if (in_snapshots &&
      std::any_of(running.begin(), running.end(), [](Host* host) { return host->is_at_snapshot(); }))
    std::erase_if(running, [](Host* host) { return !host->is_at_snapshot(); });
  return running.empty() ? nullptr : running[random_.below(running.size())];
}

std::set<NodeId> Nemesis::some_nodes() {
  std::set<NodeId> chosen;
  for (const Host* host : cluster_.hosts()) {
    if (random_.chance(0.4)) chosen.insert(host->id());
  }
  const Host* one = victim();
  if (one != nullptr && (chosen.empty() || random_.chance(0.3))) chosen = {one->id()};
  return chosen;
}

void Nemesis::cut_for(const Cut& cut, Time duration) {
  ++world_.counters.partitions;
  std::string inside, outside;
  for (const NodeId node : cut.inside) inside += " " + to_string(node);
  for (const NodeId node : cut.outside) outside += " " + to_string(node);
  world_.trace.line("cut:{} from{}{}{} for {} us", inside, outside.empty() ? " all others" : outside,
                    cut.outward ? ", outward" : "", cut.inward ? ", inward" : "", duration);
  const std::uint64_t id = network_.cut(cut);
  world_.clock.after(duration, [this, id] { network_.heal(id); });
}

void Nemesis::split() {
  world_.happened(Rare::partition_symmetric);
  cut_for({some_nodes(), {}, true, true}, around(random_, 3 * second));
}

void Nemesis::one_way() {
  const Host* host = victim();
  if (host == nullptr) return;
  world_.happened(Rare::partition_one_way);
  const bool outward = random_.chance(0.5);
  cut_for({{host->id()}, {}, outward, !outward}, around(random_, 3 * second));
}

void Nemesis::partial() {
  const Host* one = victim();
  const Host* other = victim();
  if (one == nullptr || one == other) return;
  world_.happened(Rare::partition_partial);
  cut_for({{one->id()}, {other->id()}, true, true}, around(random_, 5 * second));
}

void Nemesis::flapping() {
  world_.happened(Rare::partition_flapping);
  flap({some_nodes(), {}, true, random_.chance(0.7)}, random_.between(50, 800) * millisecond,
       random_.between(3, 12));
}

void Nemesis::flap(const Cut& cut, Time period, std::uint64_t times) {
  if (times == 0 || over_) return;
  cut_for(cut, period / 2);
  world_.clock.after(period, [this, cut, period, times] { flap(cut, period, times - 1); });
}

void Nemesis::crash() {
  if (Host* host = victim()) crash(*host, Crash::process);
}

// A transfer is short: hardly any other fault meets one.
void Nemesis::crash_receiver() {
  for (Host* host : cluster_.running()) {
    if (host->is_receiving()) return crash(*host, random_.chance(0.5) ? Crash::process : Crash::power);
  }
}

void Nemesis::lose_power() {
  if (Host* host = victim()) crash(*host, Crash::power);
}

void Nemesis::crash(Host& host, Crash how) {
  host.crash(how);
  cluster_.start_soon(host.id(),
                      random_.chance(0.3) ? random_.below(50 * millisecond) : around(random_, 3 * second));
}

void Nemesis::lose_power_everywhere() {
  world_.happened(Rare::power_loss_of_all);
  for (Host* host : cluster_.hosts()) crash(*host, Crash::power);
}

void Nemesis::pause() {
  Host* host = victim();
  if (host == nullptr) return;
  host->pause();
  world_.clock.after(around(random_, 2 * second), [this, id = host->id()] {
    if (Host* paused = cluster_.host(id)) paused->resume();
  });
}

void Nemesis::heal_later(NodeId node, Time delay) {
  world_.clock.after(delay, [this, node] {
    if (Host* host = cluster_.host(node)) host->heal();
  });
}

void Nemesis::skew_clock() {
  Host* host = victim();
  if (host == nullptr) return;
  const bool slow = random_.chance(0.5);
  world_.happened(slow ? Rare::slow_clock : Rare::fast_clock);
  host->set_clock_speed(slow ? random_.between(10, 80) : random_.between(120, 400));
  heal_later(host->id(), around(random_, 5 * second));
}

void Nemesis::jump_clock() {
  if (Host* host = victim()) host->jump_clock(static_cast<std::uint32_t>(random_.between(2, 30)));
}

void Nemesis::slow_disk() {
  Host* host = victim();
  if (host == nullptr) return;
  world_.happened(Rare::disk_slow);
  host->set_slowness(random_.between(5, 60));
  heal_later(host->id(), around(random_, 3 * second));
}

void Nemesis::disk_error() {
  Host* host = victim();
  if (host == nullptr) return;
  world_.trace.line("node {}'s disk has errors", host->id().value());
  const std::uint64_t kind = random_.below(4);
  if (kind == 0) host->log_medium().fail_next_write(random_);
  if (kind == 1) host->snapshot_disk().inject(testing::Trouble::write_error, random_.below(3));
  if (kind == 2) host->snapshot_disk().inject(testing::Trouble::rename_error);
  if (kind == 3) {
    host->set_reads_fail();
    crash(*host, Crash::process);
  }
  heal_later(host->id(), around(random_, 4 * second));
}

void Nemesis::sync_failure() {
  Host* host = victim();
  if (host == nullptr) return;
  world_.happened(Rare::disk_sync_failed);
  world_.trace.line("node {}'s disk will fail a sync", host->id().value());
  const std::uint64_t kind = random_.below(4);
  if (kind <= 1) host->log_medium().fail_next_sync(random_);
  if (kind == 2) host->snapshot_disk().inject(testing::Trouble::sync_error);
  if (kind == 3) host->snapshot_disk().inject(testing::Trouble::directory_sync_error);
}

void Nemesis::disk_full() {
  Host* host = victim();
  if (host == nullptr) return;
  world_.trace.line("node {}'s disk is full", host->id().value());
  if (random_.chance(0.8)) host->log_medium().set_full(true);
  if (random_.chance(0.5)) host->snapshot_disk().set_full(true);
  heal_later(host->id(), around(random_, 4 * second));
}

void Nemesis::bit_flip() {
  Host* host = victim();
  if (host == nullptr || host->is_tainted() || !cluster_.survives_loss_of(host->id())) return;
  if (host->flip_bit() && random_.chance(0.7)) crash(*host, Crash::process);
}

void Nemesis::wipe() {
  Host* host = victim();
  if (host == nullptr || !cluster_.survives_loss_of(host->id())) return;
  world_.happened(Rare::disk_wiped);
  host->lose();
}

}  // namespace vow::sim
