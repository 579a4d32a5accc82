// What the log is made of. To storage an entry's payload is opaque.
#pragma once

#include <cstdint>
#include <optional>

#include "coordinator/base/ids.h"
#include "coordinator/base/payload.h"

namespace vow::storage {

// A place in the log. Two logs that hold the same term at the same index are equal up to there.
struct LogPosition {
  Index index;
  Term term;
  bool operator==(const LogPosition&) const = default;
};

// Written to disk: numbers are never reused.
enum class EntryKind : std::uint8_t {
  empty = 1,          // a new leader's first entry
  command = 2,        // for the state machine
  configuration = 3,  // who the members are
};

struct Entry {
  Index index;
  Term term;
  EntryKind kind = EntryKind::empty;
  Payload payload;

  [[nodiscard]] LogPosition position() const { return {index, term}; }
  bool operator==(const Entry&) const = default;
};

// What a node must remember to vote at most once in a term.
struct HardState {
  Term term;
  NodeId vote;  // 0: has not voted in this term
  bool operator==(const HardState&) const = default;
};

// Whose store this is. Drawn once, checked at every opening.
struct Identity {
  CellId cell;
  NodeId node;
  bool operator==(const Identity&) const = default;
};

}  // namespace vow::storage
