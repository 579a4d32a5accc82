// A real server, a database of the test's own with a table of accounts, and words for what tests do there.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/txn/xid.h"
#include "tests/support/mariadb_server.h"

#include "vow/mysql/begin.h"

namespace vow::mysql {

using namespace std::chrono_literals;

inline bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds every = 2ms,
                       std::chrono::milliseconds within = 20s) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(every);
  }
  return true;
}

// A server shows its transactions anew when nobody has looked at them for a tenth of a second.
inline constexpr auto view_age = 150ms;

// Of a transaction of its own, unless `like` gives one.
inline preparation new_preparation(const preparation& like = {}) {
  static std::atomic<std::uint32_t> sequence = 0;
  static thread_local std::mt19937_64 random(std::random_device{}());
  txn::Xid xid;
  xid.cell = 1;
  xid.incarnation = 1;
  xid.term = 1;
  xid.begin_ms = 1'700'000'000'000;
  xid.timeout_s = 60;
  xid.session = 1;
  xid.sequence = ++sequence;
  return {like.xid.empty() ? to_string(xid) : like.xid, like.branch.empty() ? "payments" : like.branch,
          (random() & 0xffffffffff) | 1};
}

// The error that `doing` throws; a failed test if it throws none.
inline error error_of(const std::function<void()>& doing) {
  try {
    doing();
  } catch (const error& thrown) {
    return thrown;
  }
  ADD_FAILURE() << "nothing was thrown";
  return error({.code = {}, .what = {}, .hint = {}, .xid = {}});
}

// A database on a server, and a pool of connections to it.
class Database {
 public:
  explicit Database(vow::testing::MariadbServer& server, options with = {.release_wait = 3s, .accept = {}})
      : server_(server), name_(server.new_database()), pool_(make_pool(with)) {
    sql("CREATE TABLE accounts (id INT PRIMARY KEY, cents INT NOT NULL) ENGINE=InnoDB");
    sql("INSERT INTO accounts VALUES (1,100),(2,100),(3,100)");
  }

  [[nodiscard]] parameters where() const {
    parameters here;
    here.socket = server_.socket();
    here.user = "root";
    here.database = name_;
    here.statement_timeout = 20s;
    return here;
  }
  [[nodiscard]] std::shared_ptr<pool> make_pool(const options& with) const {
    return std::make_shared<pool>(connect_to(where()), with);
  }
  [[nodiscard]] const std::shared_ptr<pool>& connections() const { return pool_; }
  [[nodiscard]] vow::testing::MariadbServer& server() const { return server_; }
  [[nodiscard]] connection connect() const { return connection(connect_to(where())()); }
  // On a connection of its own.
  rows sql(const std::string& statement) const { return run(connect().get(), statement); }
  [[nodiscard]] std::string cents(int id) const {
    return sql("SELECT cents FROM accounts WHERE id = " + std::to_string(id)).at(0).at(0);
  }
  [[nodiscard]] std::vector<preparation> prepared() const { return prepared_in(connect().get()); }

  [[nodiscard]] std::unique_ptr<xa_branch> work(const preparation& as) const {
    start begun = begin(pool_, as);
    EXPECT_EQ(begun.is, beginning::begun);
    return std::move(begun.branch);
  }
  // With 1 cent taken from account `id`.
  [[nodiscard]] std::unique_ptr<xa_branch> paid(const preparation& as, int id = 1) const {
    auto branch = work(as);
    run(branch->get(), "UPDATE accounts SET cents = cents - 1 WHERE id = " + std::to_string(id));
    return branch;
  }
  [[nodiscard]] std::unique_ptr<xa_branch> prepared_payment(const preparation& as, int id = 1) const {
    auto branch = paid(as, id);
    EXPECT_EQ(branch->prepare(), ballot::prepared);
    return branch;
  }

 private:
  vow::testing::MariadbServer& server_;
  const std::string name_;
  const std::shared_ptr<pool> pool_;
};

// One server for all tests of the program that leave it running.
inline vow::testing::MariadbServer& shared_server() {
  static vow::testing::MariadbServer server;
  return server;
}

class OnSharedServer : public ::testing::Test {
 protected:
  Database database_{shared_server()};
};

}  // namespace vow::mysql
