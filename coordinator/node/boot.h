// From what is on a disk to what a node starts with.
#pragma once

#include "coordinator/node/state_machine.h"
#include "coordinator/raft/options.h"
#include "storage/log_store.h"
#include "storage/snapshot_store.h"

namespace vow::node {

// Gives a new, empty disk its beginning: a snapshot of the machine as it is. A cell's first nodes all
// begin with the same configuration; a node that joins later begins with an empty one, and learns.
[[nodiscard]] storage::Result<void> bootstrap(storage::SnapshotStore& snapshots, StateMachine& machine,
                                              const raft::Configuration& configuration);

// Loads the newest snapshot into `machine`, brings the log into agreement with it, and reads it.
//
// A crash may have come between installing a received snapshot and restarting the log after it. So a log that
// does not hold the snapshot's position is restarted there: all it has beyond was never committed. A log that
// begins after the newest snapshot has lost something: damaged.
[[nodiscard]] storage::Result<raft::Restored> recover(storage::LogStore& log,
                                                      storage::SnapshotStore& snapshots,
                                                      StateMachine& machine);

}  // namespace vow::node
