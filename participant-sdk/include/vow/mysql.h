// `xa` on MariaDB and MySQL: work on a database that commits with the rest of a transaction, or not at all.
//
//   vow::mysql::resource payments{client, "payments-db",
//                                 vow::mysql::connect_to({.user = "shop", .password = secret,
//                                                         .database = "shop"})};
//   client.run("pay", [&](vow::tx& tx) {
//     MYSQL* db = payments.enlist(tx);
//     vow::mysql::run(db, "UPDATE accounts SET ..."); // or with mysql_query() and its like
//   });
//
// First read: mysql/xa_branch.h.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vow/mysql/begin.h"
#include "vow/mysql/check.h"
#include "vow/mysql/ending.h"
#include "vow/mysql/pool.h"
#include "vow/mysql/record.h"
#include "vow/mysql/recovery.h"
#include "vow/mysql/xa_branch.h"
#include "vow/resource.h"
#include "vow/tx.h"

namespace vow::mysql {

// Thread-safe; the connections it hands out are not.
class resource final : public vow::resource {
 public:
  // Throws if the database cannot be reached, or cannot be used as it is set up (check.h).
  resource(client& of, std::string name, connector connect, options with = {})
      : vow::resource(of, std::move(name)),
        pool_(std::make_shared<pool>(std::move(connect), std::move(with))),
        records_(pool_) {
    refuse_unusable(check(pool_->fresh().get(), pool_->settings()), pool_->settings(), this->name());
    records_.look_for_table();
    start();
  }
  ~resource() override { stop(); }

  // The connection on which the statements of `in` run, until it ends; do not close it. The same one each
  // time.
  [[nodiscard]] MYSQL* enlist(tx& in) {
    branch& made = vow::resource::enlist(in, [&](const preparation& as) -> std::unique_ptr<branch> {
      start_of_branch began =
          mysql::begin(pool_, as, in.deadline(), in.has_begun_here() ? guard::none : guard::unless_there);
      if (began.is != beginning::begun) refuse(as, began);
      return std::move(began.branch);
    });
    return static_cast<xa_branch&>(made).get();
  }

  using step = std::function<void(MYSQL* db, const branch_info& about, std::string& bytes)>;
  // An action of the program's own in this database: see action.h. To be added before the work begins. Its
  // steps run in local transactions of their own, in READ COMMITTED; what they may not do: mysql/record.h.
  [[nodiscard]] action tcc(std::string of_name, step attempt, step confirm, step cancel) {
    return tcc_of(std::move(of_name), erased(std::move(attempt)), erased(std::move(confirm)),
                  erased(std::move(cancel)));
  }

 protected:
  void commit_prepared(const preparation& which) override { end_by_name(*pool_, which, ending::commit); }
  void rollback_prepared(const preparation& which) override { end_by_name(*pool_, which, ending::rollback); }

  std::vector<found> list_prepared() override {
    const std::vector<preparation> listed = prepared_in(pool_->fresh().get());
    std::vector<found> all;
    for (auto& each : seen_.see(listed, std::chrono::steady_clock::now())) {
      all.push_back({std::move(each.which), each.age});
    }
    return all;
  }

  void alone(const std::function<void()>& task) override { run_alone(*pool_, name(), task); }
  record::book* records() override { return &records_; }
  std::vector<finding> examine() override { return mysql::examine(pool_->fresh().get(), pool_->settings()); }

 private:
  using start_of_branch = mysql::start;

  [[nodiscard]] static raw_step erased(step of) {
    if (!of) return {};
    return [of = std::move(of)](void* handle, const branch_info& about, std::string& bytes) {
      of(static_cast<MYSQL*>(handle), about, bytes);
    };
  }

  [[noreturn]] void refuse(const preparation& as, const start_of_branch& began) const {
    const bool is_there = began.is == beginning::there_already;
    error::facts about{.code = "VOW-5248",
                       .what = "the branch " + as.branch + " in \"" + name() + "\" " +
                               (is_there ? "is prepared already, as " + began.found.name()
                                         : std::string("is being worked on by another session")) +
                               ": this is a repetition of the request",
                       .hint = "wait for the answer to the first one, or run the transaction again",
                       .xid = as.xid,
                       .retryable = true};
    if (is_there) throw already_prepared(std::move(about), began.found);
    throw error(std::move(about));
  }

  const std::shared_ptr<pool> pool_;
  record_book records_;
  sightings seen_;
};

}  // namespace vow::mysql
