// SQLite databases in transactions of Vow's. Needs SQLite 3.37 or later, compiled with
// SQLITE_ENABLE_PREUPDATE_HOOK, as Debian's is.
//
//   vow::sqlite::resource accounts{client, "accounts", "/var/lib/shop/accounts.db"};
//   client.run("pay", [&](vow::tx& tx) {
//     sqlite3* db = accounts.enlist(tx);
//     sqlite3_exec(db, "UPDATE account SET balance = balance - 10 WHERE id = 1", nullptr, nullptr, nullptr);
//   });
//
// Actions (tcc, hooks) run in local transactions of their own, with what branches may do: record.h.
//
// From the first statement until the end of its transaction a branch holds the whole database for writers;
// readers see the old rows until then. What a branch may do: permissions.h. What is in the database:
// records.h. How SQLite, which has no prepared state, keeps a vow: kept_rows.h.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vow/outcome.h"
#include "vow/resource.h"
#include "vow/sqlite/check.h"
#include "vow/sqlite/database.h"
#include "vow/sqlite/ends.h"
#include "vow/sqlite/record.h"
#include "vow/sqlite/xa_branch.h"
#include "vow/tx.h"

namespace vow::sqlite {

// One database file; one of them for each file and process. Thread-safe.
class resource final : public vow::resource {
 public:
  resource(client& of, std::string name, std::string path, options how = {})
      : vow::resource(of, std::move(name)),
        database_(std::move(path), std::move(how)),
        records_(database_, database_.how().retention) {
    start();
  }
  ~resource() override { stop(); }

  // For statements of this transaction. Not to be closed, nor used after the transaction has ended.
  [[nodiscard]] sqlite3* enlist(tx& of, vow::mode how = vow::mode::xa) {
    return branch_of(of, how).connection();
  }
  // The branch itself: it says why a statement was refused.
  [[nodiscard]] xa_branch& branch_of(tx& of, vow::mode = vow::mode::xa) {
    return dynamic_cast<xa_branch&>(vow::resource::enlist(of, [&](const preparation& as) {
      return std::make_unique<xa_branch>(database_, as, of.deadline());
    }));
  }

  using step = std::function<void(sqlite3* db, const branch_info& about, std::string& bytes)>;
  // An action of the program's own in this database: see action.h. To be added before the work begins.
  [[nodiscard]] action tcc(std::string of_name, step attempt, step confirm, step cancel) {
    return tcc_of(std::move(of_name), erased(std::move(attempt)), erased(std::move(confirm)),
                  erased(std::move(cancel)));
  }

 protected:
  void commit_prepared(const preparation& which) override { sqlite::commit_prepared(database_, which); }
  void rollback_prepared(const preparation& which) override { sqlite::rollback_prepared(database_, which); }
  std::vector<found> list_prepared() override {
    std::vector<found> all;
    for (const records::found_row& each : sqlite::list_prepared(database_))
      all.push_back({each.which, each.age});
    return all;
  }
  void alone(const std::function<void()>& task) override { sqlite::alone(database_, task); }
  record::book* records() override { return &records_; }
  std::vector<finding> examine() override { return check(database_); }

 private:
  [[nodiscard]] static raw_step erased(step of) {
    if (!of) return {};
    return [of = std::move(of)](void* handle, const branch_info& about, std::string& bytes) {
      of(static_cast<sqlite3*>(handle), about, bytes);
    };
  }

  database database_;
  record_book records_;
};

}  // namespace vow::sqlite
