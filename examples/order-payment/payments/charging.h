// How an account is charged within a transaction.
//
//   xa             by the database itself: the account is locked until the transaction ends
//   reservations   in two steps (tcc): the coins are put aside at once, and spent or given back at the end.
//   Others may
//                  charge the same account meanwhile
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <vow/client.h>

#include "database/database.h"

namespace shop {

class Charging {
 public:
  virtual ~Charging() = default;
  // Throws vow::poco::refusal if the owner has less.
  virtual void charge(vow::tx& tx, const std::string& owner, std::int64_t coins) = 0;
};

[[nodiscard]] std::unique_ptr<Charging> charging_by(const std::string& mode, Database& accounts);

}  // namespace shop
