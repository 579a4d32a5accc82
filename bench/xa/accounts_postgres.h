// Accounts in PostgreSQL, on a server of their own that keeps what it says: fsync and synchronous_commit on.
#pragma once

#include <memory>

#include "bench/xa/accounts.h"

namespace vow::bench {

[[nodiscard]] std::unique_ptr<Accounts> accounts_in_postgres(std::size_t threads);

}  // namespace vow::bench
