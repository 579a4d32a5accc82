// The commands of one turn, packed into one entry: one record for all decisions of a moment.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "coordinator/base/payload.h"

namespace vow::node {

// Each command as a length of four bytes and its bytes.
[[nodiscard]] Payload pack(std::span<const Payload> commands);
// Points into the entry. The entry came through a checksummed log: if it is malformed, a check fails.
[[nodiscard]] std::vector<std::string_view> unpack(std::string_view entry);
// What a command adds to its entry.
[[nodiscard]] inline std::size_t packed_bytes(const Payload& command) { return 4 + command.size(); }

}  // namespace vow::node
