#include "tests/sim/imaged_log_store.h"

namespace vow::sim {

storage::Result<void> ImagedLogStore::write(std::span<const storage::LogWrite> batch) {
  promised_.doubtful.assign(batch.begin(), batch.end());
  auto result = inner_.write(batch);
  if (!result) {
    if (result.error().fault == storage::Fault::no_space) promised_.doubtful.clear();
    return result;
  }
  promised_.doubtful.clear();
  for (const storage::LogWrite& write : batch) {
    if (write.truncate_from && *write.truncate_from <= promised_.durable.last().index)
      world_.happened(Rare::entries_overwritten);
    if (write.compact_to) world_.happened(Rare::log_compacted);
    promised_.durable.carry_out(write);
  }
  return result;
}

}  // namespace vow::sim
