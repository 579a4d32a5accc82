// Where money is kept: a database in which Vow's transactions and bare ones do the same work.
//
// One side is a resource of a client. The other is what a careful engineer writes by hand for lack of a
// coordinator: the same statement on the same server, a connection for each thread, no round trip too many.
// Who bears the loss when that one dies between two commits is not asked here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "vow/client.h"
#include "vow/tx.h"

namespace vow::bench {

// More rows than threads will ever meet in: each works on its own.
inline constexpr std::size_t accounts_max = 64'000;

// What a database has used since it was started.
struct Spent {
  double cpu_s = 0;  // of its server; of a library: none, it is its process's
  std::uint64_t syncs = 0;
};

// The part of a bare transaction in one database, on a connection of its own. For one thread.
class BareBranch {
 public:
  virtual ~BareBranch() = default;
  virtual void work(std::size_t account, int amount) = 0;
  virtual void prepare() = 0;
  virtual void commit() = 0;
};

class Accounts {
 public:
  virtual ~Accounts() = default;

  [[nodiscard]] virtual std::unique_ptr<BareBranch> connect() = 0;
  // From now on until leave(), work() may be called, on as many threads as the constructor was told.
  virtual void serve(client& of, const std::string& name) = 0;
  virtual void leave() = 0;
  virtual void work(tx& in, std::size_t account, int amount) = 0;

  [[nodiscard]] virtual Spent spent() = 0;
  // Of all accounts. It began as 0.
  [[nodiscard]] virtual std::int64_t sum() = 0;
  // Transactions that are prepared now.
  [[nodiscard]] virtual std::size_t prepared() = 0;
};

}  // namespace vow::bench
