#include "tests/sim/cell/wire.h"

namespace vow::sim::cell {

void Wire::carry(NodeId from, NodeId to, const std::function<void()>& arrive) {
  if (!network_.is_healed() && random_.chance(options_.loss)) {
    world_.happened(Rare::call_lost);
    return;
  }
  carry_once(from, to, arrive);
  if (network_.is_healed() || !random_.chance(options_.duplication)) return;
  world_.happened(Rare::call_duplicated);
  carry_once(from, to, arrive);
}

void Wire::carry_once(NodeId from, NodeId to, const std::function<void()>& arrive) {
  const NetworkOptions& options = world_.options.network;
  Time delay = options.latency_min + random_.below(options.latency_spread + 1);
  if (!network_.is_healed() && random_.chance(options_.late)) {
    world_.happened(Rare::call_late);
    delay += random_.below(options.late_max);
  }
  world_.clock.after(delay, [this, from, to, arrive] {
    if (network_.is_cut(from, to)) {
      world_.happened(Rare::call_cut_off);
      return;
    }
    arrive();
  });
}

}  // namespace vow::sim::cell
