// Is there an order of a register's operations that respects time and explains every answer?
//
// The search is Wing and Gong's with Lowe's memory of visited states: of the operations that began before the
// first outstanding answer, try one that fits the register's value, and go on; a set of operations together
// with a value is tried once. An unknown operation never has to be answered, and may take effect at any
// moment after its invocation. Unknown writes whose value nobody ever saw are left out beforehand: put last,
// or never, they fit any order.
#pragma once

#include <cstdint>
#include <vector>

#include "tests/sim/history.h"

namespace vow::sim {

enum class Verdict : std::uint8_t {
  linearizable,
  broken,
  inconclusive,  // the search took more steps than allowed
};

// The operations of one key, in the order of their invocation.
[[nodiscard]] Verdict check_linearizable(const std::vector<Recorded>& operations,
                                         std::uint64_t steps_max = 20'000'000);

}  // namespace vow::sim
