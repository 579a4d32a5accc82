// Accounts in a SQLite file: WAL, synchronous = FULL.
//
// SQLite has no prepared state. So the bare side commits a plain local transaction here, and another one
// there: half of it may be lost, which Vow's side rules out. It is no equal promise, only the least that
// durable writes in two files cost. Both sides use one connection, as one process should.
#pragma once

#include <memory>

#include "bench/xa/accounts.h"

namespace vow::bench {

[[nodiscard]] std::unique_ptr<Accounts> accounts_in_sqlite();

}  // namespace vow::bench
