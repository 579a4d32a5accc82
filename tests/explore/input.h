// All that can happen to one leader, as far as the one transaction is concerned.
#pragma once

#include <cstdint>

#include "tests/explore/scope.h"

namespace vow::explore {

// A set of preparations, one bit each. Bit 4 is `b` without a nonce: a shared branch that has not voted.
using Set = std::uint8_t;
inline constexpr std::uint8_t shared_branch = 4;
inline constexpr Set all_of_b = 0b01100;
[[nodiscard]] constexpr Set set_of(std::uint8_t preparation) { return static_cast<Set>(1u << preparation); }
[[nodiscard]] constexpr bool has(Set set, std::uint8_t preparation) { return (set >> preparation & 1) != 0; }

enum class InputKind : std::uint8_t {
  // of a preparation
  vote_prepared,
  vote_read_only,
  vote_refused,
  enlist,
  ask,    // its outcome, as one that holds prepared state
  watch,  // its outcome, as anyone
  confirm_commit,
  confirm_rollback,  // also of the shared branch
  // of the transaction
  commit,  // naming a set
  rollback,
  ask_all,
  watch_all,
  // time
  deadline_passes,
  tick,
  other_is_marked,  // another transaction's mark takes the only place
  other_ends,
  // the log
  apply_decide,           // a set
  apply_leftover_decide,  // the same, in an entry of a later term
  apply_finish,
  apply_advance,  // beyond the grace
  apply_horizon,  // beyond the deadline
  lead,           // from here on it answers
  take_up,        // decisions of earlier terms
};

struct Input {
  InputKind kind;
  std::uint8_t what = 0;  // the preparation or the set
};

inline constexpr std::uint8_t inputs_per_kind = 32;
inline constexpr std::size_t input_count =
    (static_cast<std::size_t>(InputKind::take_up) + 1) * inputs_per_kind;
[[nodiscard]] constexpr std::size_t index_of(Input input) {
  return static_cast<std::size_t>(input.kind) * inputs_per_kind + input.what;
}

}  // namespace vow::explore
