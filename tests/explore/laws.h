// What must hold in every world, whatever happened.
#pragma once

#include <optional>
#include <stdexcept>

#include "tests/explore/world.h"

namespace vow::explore {

class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The preparations that the log commits, if it has a decision that counts.
[[nodiscard]] std::optional<Set> decided(const World& world, std::uint8_t xid_term);

// Throws if one does not hold:
//   atomicity    a branch is committed only if the decision names its preparation, rolled back only if it
//   does not truth        nobody was told an end that the log contradicts, before or after exactness    a
//   decision holds exactly what the initiator named and its participants durably prepared completeness a
//   decision is finished only once all that it names have committed
void check_laws(const World& world, std::uint8_t xid_term);

}  // namespace vow::explore
