#include "tests/sim/cell/cell_options.h"

namespace vow::sim::cell {
namespace {

// Limits so small that they are reached, in some runs.
dispatch::LeadershipOptions draw_leadership(Random& random) {
  dispatch::LeadershipOptions options;
  if (random.chance(0.15)) options.open.open_max = random.between(1, 6);
  if (random.chance(0.4)) options.open.marks_max = random.between(1, 6);
  if (random.chance(0.1)) options.open.undelivered_max = random.between(1, 6);
  options.finish_count = random.chance(0.5) ? 1 : random.between(2, 20);
  options.finish_after_ms = random.below(2'000);
  options.committed_bits_bytes = random.chance(0.6) ? random.below(600) : 64u << 20;
  options.resume_at_once = random.chance(0.5) ? 1 : random.between(2, 4'096);
  dispatch::DeliveryOptions& delivery = options.delivery;
  delivery.session_expires_ms = random.between(500, 5'000);
  delivery.poll_wait_ms_max = random.between(300, 3'000);
  delivery.report_timeout_ms = random.between(300, 3'000);
  delivery.backoff.cap_ms = random.between(1'000, 4'000);
  if (random.chance(0.3)) delivery.in_flight_max = random.between(1, 4);
  if (random.chance(0.3)) delivery.assigned_max = random.between(1, 6);
  if (random.chance(0.4)) delivery.backlog_max = random.between(1, 12);
  delivery.policy = static_cast<dispatch::Policy>(random.below(6));
  return options;
}

Participant::Manners draw_participant(Random& random, const Options& options) {
  Participant::Manners manners;
  manners.work = random.between(1, 100) * millisecond;
  manners.in_doubt = random.between(300, 4'000) * millisecond;
  manners.prepare_again = random.chance(0.5) ? 0.3 : 0;
  manners.ask_instead = random.chance(0.5) ? 0.7 : 0;
  manners.change_mind = random.chance(0.3) ? 0.2 : 0;
  manners.fail_command = random.chance(0.5) ? 0.1 : 0;
  if (options.suffers(Chaos::process_crash)) manners.crash_prepared = random.chance(0.5) ? 0.08 : 0;
  manners.get_stuck = options.suffers(Chaos::stuck_branch) ? 0.02 : 0;
  return manners;
}

Initiator::Manners draw_initiator(Random& random) {
  Initiator::Manners manners;
  manners.think = random.between(20, 500) * millisecond;
  manners.call_patience = random.between(150, 800) * millisecond;
  manners.dither = random.chance(0.4) ? random.between(100, 3'000) * millisecond : 0;
  manners.timeout_s_max = static_cast<std::uint32_t>(random.between(1, 12));
  manners.begin_by_call = static_cast<double>(random.below(40)) / 100;
  manners.shared = random.chance(0.3) ? 0.5 : 0.1;
  manners.repeat_late = random.chance(0.5) ? 0.3 : 0;
  manners.early_reply = random.chance(0.5) ? 0.7 : 0.1;
  manners.impatience = random.chance(0.5) ? 0.3 : 0.05;
  manners.misname = random.chance(0.5) ? 0.05 : 0;
  manners.haste = random.chance(0.3) ? 0.2 : 0;
  manners.give_up = random.chance(0.5) ? 0.05 : 0;
  manners.wait_finished_ms = static_cast<std::uint32_t>(random.between(100, 2'000));
  return manners;
}

// Worse than among the nodes, so that a good part of all calls is done again.
Wire::Options draw_wire(Random& random, const Options& options) {
  const double loss = static_cast<double>(random.between(1, 25)) / 100;
  const double duplication = static_cast<double>(random.between(1, 15)) / 100;
  const double late = static_cast<double>(random.between(1, 8)) / 100;
  return {.loss = options.suffers(Chaos::loss) ? loss : 0,
          .duplication = options.suffers(Chaos::duplication) ? duplication : 0,
          .late = options.suffers(Chaos::delay) ? late : 0};
}

}  // namespace

CellOptions draw_cell_options(const Options& options) {
  Random random(options.seed ^ 0xce11ce11ce11ce11ULL);
  CellOptions cell;
  cell.decisions.grace_ms = random.chance(0.6) ? random.below(3'000) : random.below(60'000);
  cell.coordinator.leadership = draw_leadership(random);
  cell.coordinator.history_max = random.chance(0.5) ? random.below(20) : 100'000;
  cell.resources = random.between(1, 4);
  cell.instances_max = random.between(1, 3);
  cell.initiators = random.between(4, 14);
  cell.wire = draw_wire(random, options);
  cell.habits.patience = random.between(200, 1'000) * millisecond;
  cell.habits.retry = random.between(50, 400) * millisecond;
  cell.habits.poll_wait_ms = static_cast<std::uint32_t>(random.between(200, 3'000));
  cell.participant = draw_participant(random, options);
  cell.initiator = draw_initiator(random);
  cell.database = {
      .sync_min = random.between(50, 500),
      .sync_spread = random.chance(0.3) ? random.between(10'000, 200'000) : random.between(100, 10'000),
      .vacuum_after = random.chance(0.5) ? random.between(1, 5) * second : 0};
  cell.watch = random.between(50, 400) * millisecond;
  return cell;
}

}  // namespace vow::sim::cell
