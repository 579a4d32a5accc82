// What is replicated: the commands that change the state of a cell, and how they are written.
//
// Numbers of kinds are never reused; a kind never changes its fields. What newer programs want to say
// differently gets a kind of its own, which is written only once all members have announced that they
// understand it (raft::Configuration::version). docs/formats/commands.md lists the fields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "coordinator/machine/members.h"
#include "coordinator/txn/decision.h"

namespace vow::machine {

enum class Kind : std::uint8_t {
  decide = 1,
  finish = 2,
  advance = 3,
  force = 4,
  found = 5,
  describe = 6,
};

// The cell's identity. A cell of several first members has it in its first snapshot instead.
struct Found {
  std::uint32_t cell = 0;
  std::uint32_t incarnation = 0;
  bool operator==(const Found&) const = default;
};

// Where a member can be reached.
struct Describe {
  NodeId node;
  MemberAddresses addresses;
  bool operator==(const Describe&) const = default;
};

using Command = std::variant<txn::Decide, txn::Finish, txn::Advance, txn::Force, Found, Describe>;

[[nodiscard]] std::string encode(const Command& command);
[[nodiscard]] std::string encode(const txn::Decide& decide);
// None if the bytes are not a command that this program knows.
[[nodiscard]] std::optional<Command> decode(std::string_view bytes);

}  // namespace vow::machine
