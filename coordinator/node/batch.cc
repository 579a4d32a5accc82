#include "coordinator/node/batch.h"

#include "coordinator/base/bytes.h"
#include "coordinator/base/check.h"

namespace vow::node {

Payload pack(std::span<const Payload> commands) {
  ByteWriter out;
  for (const Payload& command : commands) out.bytes(command.view());
  return Payload(out.take());
}

std::vector<std::string_view> unpack(std::string_view entry) {
  std::vector<std::string_view> commands;
  ByteReader in(entry);
  while (in.left() > 0) commands.push_back(in.bytes());
  VOW_CHECK(in.ok(), "an entry of {} bytes is cut off after {} commands", entry.size(), commands.size());
  return commands;
}

}  // namespace vow::node
