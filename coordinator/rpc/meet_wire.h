// What is said before there is a cell, as peer.thrift has it.
#pragma once

#include <optional>

#include "coordinator/rpc/meet.h"
#include "thrift/gen/peer/peer_types.h"

namespace vow::rpc {

[[nodiscard]] wire::peer::MeetAnswer to_wire(const MeetAnswer& answer);
// None if it is not what a vow would say; a node that is not ready to meet says nothing.
[[nodiscard]] std::optional<MeetAnswer> from_wire(const wire::peer::MeetAnswer& said);

}  // namespace vow::rpc
