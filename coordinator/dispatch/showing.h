// A transaction as people are shown it, with one sentence on what it waits for.
#pragma once

#include "coordinator/dispatch/history.h"
#include "coordinator/dispatch/leadership.h"
#include "coordinator/dispatch/requests.h"

namespace vow::dispatch {

// One that is open, or whose end is being delivered.
[[nodiscard]] TransactionShown shown(const txn::Xid& xid, const txn::Transaction& transaction,
                                     const Leadership& leading);
// One that has ended, as this node remembers it.
[[nodiscard]] TransactionShown shown(const History::Ended& ended);
// One of which only the replicated state knows.
[[nodiscard]] TransactionShown shown(const txn::Decision& decision, const txn::ResourceNames& resources);
// Nothing but what is known of it.
[[nodiscard]] TransactionShown shown(const txn::Xid& xid, const txn::Answer& answer);

}  // namespace vow::dispatch
