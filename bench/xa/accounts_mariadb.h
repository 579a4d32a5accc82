// Accounts in MariaDB, on a server of their own that keeps what it says: innodb_flush_log_at_trx_commit = 1.
#pragma once

#include <memory>

#include "bench/xa/accounts.h"

namespace vow::bench {

[[nodiscard]] std::unique_ptr<Accounts> accounts_in_mariadb(std::size_t threads);

}  // namespace vow::bench
