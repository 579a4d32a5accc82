// The names that a snapshot store gives its files. A file's id is in its name, so that what is there after a
// crash explains itself, and a file that is not what its name says is known to be damaged.
#pragma once

#include <optional>
#include <string>

#include "storage/snapshot_store.h"

namespace vow::storage::snapshot_names {

// A file under one of these names is a torso, worth nothing after a crash.
inline constexpr const char* written_temporary = "snapshot-written.tmp";
inline constexpr const char* received_temporary = "snapshot-received.tmp";

[[nodiscard]] std::string installed(const SnapshotId& id);
// The bytes of a peer's file so far.
[[nodiscard]] std::string partial(const SnapshotId& id);

[[nodiscard]] std::optional<SnapshotId> parse_installed(const std::string& name);
[[nodiscard]] std::optional<SnapshotId> parse_partial(const std::string& name);

}  // namespace vow::storage::snapshot_names
