// From a reply to a message.
#pragma once

#include <string>

#include "coordinator/rpc/calls.h"
#include "coordinator/rpc/message.h"

namespace vow::rpc {

void encode(MessageWriter& writer, const Reply& reply, std::string& out);
// To a call that a newer client knows and this server does not.
void encode_unknown(MessageWriter& writer, std::string_view name, std::int32_t seqid, std::string& out);

}  // namespace vow::rpc
