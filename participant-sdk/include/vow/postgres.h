// PostgreSQL as a participant: work in it is prepared by the database itself.
//
//   vow::postgres::resource orders{client, "orders-db",
//                                  [] { return std::make_unique<pqxx::connection>(dsn); }};
//   client.run("place-order", [&](vow::tx& tx) {
//     pqxx::transaction_base& db = orders.enlist(tx);
//     db.exec_params("insert into orders values ($1, $2)", id, amount);
//   });
//
// The server needs max_prepared_transactions, at least as large as max_connections.
//
// Work in a branch may not end its transaction, nor use temporary tables, NOTIFY, LISTEN or cursors WITH
// HOLD: prepare() then fails and says so. Work that writes and locks nothing is rolled back at once; a NOTIFY
// in it is lost. Advisory locks of the session end with the branch.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vow/branch.h"
#include "vow/postgres/check.h"
#include "vow/postgres/database.h"
#include "vow/postgres/options.h"
#include "vow/postgres/record.h"
#include "vow/postgres/xa_branch.h"
#include "vow/resource.h"
#include "vow/tx.h"

namespace vow::postgres {

// Thread-safe; what enlist() returns belongs to the thread that works in the transaction.
class resource : public vow::resource {
 public:
  // Refuses a database that cannot keep a vow; see check.h.
  resource(client& of, std::string name, connect_function connect, options how = {})
      : vow::resource(of, std::move(name)),
        connect_(std::move(connect)),
        database_(checked(connect_, how), how),
        records_(database_) {
    database_.meet();
    records_.look_for_table();
    start();
  }
  ~resource() override { stop(); }

  // The database, as this transaction sees it; valid until the transaction's function returns.
  [[nodiscard]] pqxx::transaction_base& enlist(tx& in) {
    branch& mine = vow::resource::enlist(in, [&](const preparation& as) { return make(in, as); });
    return static_cast<xa_branch&>(mine).work();  // make() is the only one that makes them
  }

  using step = std::function<void(pqxx::transaction_base& db, const branch_info& about, std::string& bytes)>;
  // An action of the program's own in this database: see action.h. To be added before the work begins.
  [[nodiscard]] action tcc(std::string of_name, step attempt, step confirm, step cancel) {
    return tcc_of(std::move(of_name), erased(std::move(attempt)), erased(std::move(confirm)),
                  erased(std::move(cancel)));
  }

 protected:
  void commit_prepared(const preparation& which) override { database_.commit_prepared(which); }
  void rollback_prepared(const preparation& which) override { database_.rollback_prepared(which); }
  std::vector<found> list_prepared() override {
    std::vector<found> all;
    for (auto& each : database_.list_prepared()) all.push_back({std::move(each.which), each.age});
    return all;
  }
  void alone(const std::function<void()>& task) override { (void)database_.alone(task); }
  record::book* records() override { return &records_; }
  std::vector<finding> examine() override { return postgres::examine(connect_, database_.how()); }

 private:
  [[nodiscard]] static connect_function checked(const connect_function& connect, const options& how) {
    refuse_if_unfit(check(connect, how));
    return connect;
  }
  [[nodiscard]] static raw_step erased(step of) {
    if (!of) return {};
    return [of = std::move(of)](void* handle, const branch_info& about, std::string& bytes) {
      of(*static_cast<pqxx::transaction_base*>(handle), about, bytes);
    };
  }
  [[nodiscard]] std::unique_ptr<branch> make(const tx& in, const preparation& as) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(in.deadline() -
                                                                            std::chrono::steady_clock::now());
    const auto lock_timeout = std::min(left, database_.how().lock_timeout);
    if (in.has_begun_here()) return xa_branch::begin(database_, as, lock_timeout);
    auto made = xa_branch::begin_unless_there(database_, as, lock_timeout);
    if (made.result == beginning::result::there_already) throw failures::there_already(*made.found);
    if (made.result == beginning::result::another_is_at_it) throw failures::another_is_at_it(as);
    return std::move(made.branch);
  }

  const connect_function connect_;
  database database_;
  record_book records_;
};

}  // namespace vow::postgres
