// From a message's body to a request, or to a reply where nobody needs to be asked.
#pragma once

#include <string>
#include <variant>

#include "coordinator/rpc/calls.h"
#include "coordinator/rpc/message.h"

namespace vow::rpc {

// Reads the arguments of a call of `method`, and fills in the body of `request` or, if it is invalid or asks
// for nothing, of `reply`, and says so by its type. A message that is malformed gives a Malformed.
struct Malformed {
  std::string why;
};
using Decoded = std::variant<Request, Reply, Malformed>;
[[nodiscard]] Decoded decode(MessageReader& reader, const CallId& id, Method method);

}  // namespace vow::rpc
