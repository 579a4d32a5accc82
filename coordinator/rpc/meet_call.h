// The question "who are you?" to one peer, before there are links.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "coordinator/rpc/meet.h"

namespace vow::rpc {

// Blocks, for at most this long after the name is looked up. None: no answer, or none that makes sense, or a
// node that is not ready to meet.
[[nodiscard]] std::optional<MeetAnswer> ask_to_meet(const std::string& address, std::uint64_t answer_ms_max);

}  // namespace vow::rpc
