// Whose data directory this is: the file `node` in it, which is written when the directory is new, and once
// more when its node belongs to a cell.
//
//   absent ──drawn at the first start──▶ node ──log and first snapshot are durable──▶ node, cell
//
// A directory with a node but without a cell holds nothing else of value: what is there was left by a start
// that was interrupted.
#pragma once

#include <cstdint>
#include <optional>

#include "coordinator/base/ids.h"
#include "storage/disk.h"

namespace vow::cli {

struct NodeIdentity {
  NodeId node;
  // 0: it belongs to no cell yet.
  std::uint32_t cell = 0;
  std::uint32_t incarnation = 0;
  bool operator==(const NodeIdentity&) const = default;
};

// None in a new directory. Refuses a file that is damaged.
[[nodiscard]] storage::Result<std::optional<NodeIdentity>> load_identity(storage::Disk& disk);
// Durable when it returns.
[[nodiscard]] storage::Result<void> save_identity(storage::Disk& disk, const NodeIdentity& identity);

}  // namespace vow::cli
