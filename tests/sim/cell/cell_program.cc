#include "tests/sim/cell/cell_program.h"

#include <utility>

#include <fmt/format.h>

#include "tests/sim/violation.h"

namespace vow::sim::cell {

bool CellProgram::turn(node::Node& node) {
  const bool more = coordinator_.turn();
  if (more) world_.happened(Rare::resuming_took_turns);
  const dispatch::Leadership* leading = coordinator_.leading();
  if (leading != nullptr) look_at(*leading, node.self());
  const bool was_off = std::exchange(clock_is_off_, leading != nullptr && leading->clock_is_off());
  if (was_off && leading == nullptr) world_.happened(Rare::clock_handed_over);
  return more;
}

void CellProgram::look_at(const dispatch::Leadership& leading, NodeId node) {
  const std::uint64_t now = leading.clock_ms();
  if (leading.term() == led_ && now < clock_ms_) {
    throw Violation(
        "the clock of a term never goes back",
        fmt::format("node {} went from {} to {} in term {}", node.value(), clock_ms_, now, led_.value()));
  }
  led_ = leading.term();
  clock_ms_ = now;
  if (leading.counters().resumed > 0) world_.happened(Rare::decision_resumed);
  if (leading.clock_is_off()) world_.happened(Rare::leader_clock_off);
  const auto sometimes = [&](txn::State state, Rare rare) {
    if (leading.open().count(state) > 0) world_.happened(rare);
  };
  sometimes(txn::State::preparing, Rare::state_preparing);
  sometimes(txn::State::deciding, Rare::state_deciding);
  sometimes(txn::State::committing, Rare::state_committing);
  sometimes(txn::State::aborting, Rare::state_aborting);
  sometimes(txn::State::aborted, Rare::state_aborted);
}

}  // namespace vow::sim::cell
