// One server for all tests of this program, a database with a table for each.
#pragma once

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/postgres_server.h"

#include "vow/postgres/database.h"
#include "vow/postgres/xa_branch.h"

namespace vow::postgres {

using std::chrono::milliseconds;

inline bool comes_true(const std::function<bool()>& condition, milliseconds within = milliseconds(20'000)) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= until) return false;
    std::this_thread::sleep_for(milliseconds(5));
  }
  return true;
}

// "VOW-5214", or nothing if nothing of the family was thrown.
template <class Work>
std::string code_of(Work work) {
  try {
    (void)work();
  } catch (const error& why) {
    return why.code();
  }
  return {};
}

class OnPostgres : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { running(); }

  // A killed process takes nothing along that the system has: without fsync the tests are merely faster.
  static testing::PostgresSettings usual() { return {.fsync = false}; }
  static testing::PostgresServer& running() {
    static testing::PostgresServer server(usual());
    if (!server.is_running()) server.start();
    return server;
  }

  OnPostgres() { ask("create table account (id int primary key, balance int)"); }
  ~OnPostgres() override {
    // Prepared ones would keep the next start with less room from succeeding.
    database_.reset();
    if (!server_.is_running()) server_.start(usual());
    pqxx::connection cleaner(dsn_);
    for (const auto& row :
         run(cleaner, "select gid from pg_prepared_xacts where database = current_database()"))
      run(cleaner, "rollback prepared " + cleaner.quote(row[0].as<std::string>()));
  }

  static pqxx::result run(pqxx::connection& on, const std::string& sql) {
    return pqxx::nontransaction(on).exec(sql);
  }
  // On a connection of its own, as another program.
  std::string ask(const std::string& sql) const {
    pqxx::connection other(dsn_);
    const pqxx::result result = run(other, sql);
    return result.empty() || result[0][0].is_null() ? "" : result[0][0].as<std::string>();
  }
  [[nodiscard]] std::string balances() const {
    return ask("select string_agg(id || '=' || balance, ' ' order by id) from account");
  }
  [[nodiscard]] std::string prepared() const {
    return ask("select count(*) from pg_prepared_xacts where database = current_database()");
  }

  [[nodiscard]] connect_function connecting() const {
    return [dsn = dsn_] { return std::make_unique<pqxx::connection>(dsn); };
  }
  // Of which each begins as if it were another process.
  [[nodiscard]] std::unique_ptr<database> another(options how = {}) const {
    return std::make_unique<database>(connecting(), std::move(how));
  }
  database& on(options how = {}) {
    if (database_ == nullptr) database_ = another(std::move(how));
    return *database_;
  }
  static preparation preparation_of(const std::string& branch, std::uint64_t nonce = 1) {
    return {"00000008000000c1m3nqpl1o0000000u0001g002", branch, nonce};
  }
  std::unique_ptr<xa_branch> begin(const preparation& as, milliseconds lock_timeout = milliseconds(2'000)) {
    return xa_branch::begin(on(), as, lock_timeout);
  }
  // Prepared, having put `balance` into account `id`.
  std::unique_ptr<xa_branch> prepare(const preparation& as, int id, int balance) {
    auto branch = begin(as);
    branch->work().exec("insert into account values (" + std::to_string(id) + ", " + std::to_string(balance) +
                        ")");
    EXPECT_EQ(branch->prepare(), ballot::prepared);
    return branch;
  }
  [[nodiscard]] bool waits(const std::string& event) const {
    return ask("select count(*) from pg_stat_activity where wait_event = '" + event +
               "' and datname = current_database()") != "0";
  }

  void set_standby(const std::string& name) const {
    ask("alter system set synchronous_standby_names = '" + name + "'");
    ask("select pg_reload_conf()");
    ASSERT_TRUE(comes_true([&] { return ask("show synchronous_standby_names") == name; }));
  }
  // A standby that never answers: from now on a commit stands still when all is done but the answer. The
  // server takes its time to heed the setting: it does when a commit waits.
  void wait_for_nobody() const {
    set_standby("nobody");
    ASSERT_TRUE(comes_true([&] {
      auto commit =
          std::async(std::launch::async, [&] { return ask("comment on table account is 'a write'"); });
      const auto is_over = [&] {
        return commit.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
      };
      const bool is_heeded = comes_true([&] { return waits("SyncRep") || is_over(); }) && !is_over();
      ask("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");
      commit.wait();
      return is_heeded;
    }));
  }

  testing::PostgresServer& server_ = running();
  const std::string dsn_ = server_.dsn(server_.new_database());
  std::unique_ptr<database> database_;
};

}  // namespace vow::postgres
