#include "tests/sim/log_image.h"

#include <fmt/format.h>

#include "coordinator/base/checksum.h"
#include "coordinator/raft/message.h"

namespace vow::sim {

bool LogImage::holds(storage::LogPosition position) const {
  if (position.index <= base.index) return true;
  const std::uint64_t offset = position.index - base.index - 1;
  return offset < entries.size() && entries[offset].position() == position;
}

void LogImage::carry_out(const storage::LogWrite& write) {
  if (write.hard_state) hard_state = *write.hard_state;
  if (write.restart_at) {
    base = *write.restart_at;
    entries.clear();
  }
  if (write.truncate_from) {
    while (!entries.empty() && entries.back().index >= *write.truncate_from) entries.pop_back();
  }
  for (const storage::Entry& entry : write.entries) entries.push_back(entry);
  if (write.compact_to) {
    while (!entries.empty() && entries.front().index <= write.compact_to->index) entries.pop_front();
    if (write.compact_to->index > base.index) base = *write.compact_to;
  }
}

storage::Result<LogImage> image_of(storage::LogStore& store) {
  constexpr std::size_t bytes_at_a_time = 1 << 20;
  LogImage image{store.hard_state(), store.base(), {}};
  while (image.last().index < store.last().index) {
    auto some = store.read(image.last().index.next(), bytes_at_a_time);
    if (!some) return Failure{some.error()};
    if (some->empty()) break;
    for (storage::Entry& entry : *some) image.entries.push_back(std::move(entry));
  }
  return image;
}

std::string describe(const LogImage& image) {
  std::uint64_t sum = 0;
  for (const storage::Entry& entry : image.entries)
    sum = checksum(entry.payload.view(), sum + entry.term.value());
  return fmt::format("term {} vote {} log {}..{} #{:08x}", image.hard_state.term.value(),
                     image.hard_state.vote.value(), raft::describe(image.base), raft::describe(image.last()),
                     sum & 0xffffffff);
}

}  // namespace vow::sim
