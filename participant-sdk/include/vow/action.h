// Work that is not prepared by a database: the program says how it is done, confirmed and undone.
//
//   vow::action reserve = accounts.tcc("reserve",
//       [](pqxx::transaction_base& db, const vow::branch_info&, std::string& amount) {
//         db.exec_params("update account set free = free - $1, reserved = reserved + $1", amount);
//       },
//       confirm, cancel);
//   client.run("pay", [&](vow::tx& tx) { reserve(tx, "30"); });
//
//   tcc     the attempt runs at once, and is committed by itself; then either `confirm` or `cancel` runs,
//           once, in a local transaction that also notes that it did. Others see what the attempt has
//           reserved.
//   hooks   for effects outside of the database. `prepare` runs when the transaction is committed; then
//           either `commit` or `rollback` runs until it has once succeeded, and perhaps once more: let them
//           be idempotent by branch_info::id(). `rollback` runs if `prepare` may have begun, whatever came
//           of it.
//
// What an attempt or `prepare` leaves in `bytes`, the functions that end it are given. They are found by the
// action's name, also by other processes and by later versions of the program: a name, once used, keeps its
// meaning. They run on any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "vow/export.h"

namespace vow {

class resource;
class tx;

// What the functions of an action are told.
struct branch_info {
  std::string xid;
  std::string action;
  std::string branch;

  // The same whenever a function runs for this branch, and never for another.
  [[nodiscard]] std::string id() const { return xid + '.' + branch; }
};

// A function of an action that has no database to work in.
using hook = std::function<void(const branch_info&, std::string& bytes)>;

namespace sdk {
struct known_action;
}

// A copy is the same action. It may not outlive its resource.
class VOW_EXPORT action {
 public:
  action(resource& on, std::shared_ptr<const sdk::known_action> is) : on_(&on), is_(std::move(is)) {}

  // Does it as part of `in`, once more each time.
  void operator()(tx& in, std::string_view bytes = {}) const;

 private:
  resource* on_;
  std::shared_ptr<const sdk::known_action> is_;
};

}  // namespace vow
