#include "bench/xa/accounts_sqlite.h"

#include <mutex>
#include <optional>

#include <fmt/format.h>
#include <sqlite3.h>

#include "bench/options.h"
#include "bench/xa/sync_counter.h"
#include "tests/support/temporary_directory.h"

#include "vow/sqlite.h"

namespace vow::bench {
namespace {

// The one connection of the bare side, planned once.
class BareConnection {
 public:
  BareConnection(const std::string& path, const char* vfs) {
    must(sqlite3_open_v2(path.c_str(), &connection_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs));
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = FULL");
    run("CREATE TABLE IF NOT EXISTS account (id INTEGER PRIMARY KEY, balance INTEGER NOT NULL)");
    run(
        fmt::format("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
                    "INSERT OR IGNORE INTO account SELECT i, 0 FROM n",
                    accounts_max - 1));
    begin_ = planned("BEGIN IMMEDIATE");
    move_ = planned("UPDATE account SET balance = balance + ?1 WHERE id = ?2");
    commit_ = planned("COMMIT");
  }
  ~BareConnection() {
    for (sqlite3_stmt* each : {begin_, move_, commit_}) sqlite3_finalize(each);
    sqlite3_close(connection_);
  }
  BareConnection(const BareConnection&) = delete;
  BareConnection& operator=(const BareConnection&) = delete;

  void transfer(std::size_t account, int amount) {
    const std::lock_guard lock(mutex_);
    step(begin_);
    sqlite3_bind_int(move_, 1, amount);
    sqlite3_bind_int64(move_, 2, static_cast<sqlite3_int64>(account));
    step(move_);
    step(commit_);
  }
  [[nodiscard]] std::int64_t ask(const std::string& question) {
    const std::lock_guard lock(mutex_);
    sqlite3_stmt* const asked = planned(question);
    must(sqlite3_step(asked) == SQLITE_ROW ? SQLITE_OK : SQLITE_ERROR);
    const std::int64_t answer = sqlite3_column_int64(asked, 0);
    sqlite3_finalize(asked);
    return answer;
  }

 private:
  void must(int result) const {
    if (result != SQLITE_OK) stop(fmt::format("SQLite: {}", sqlite3_errmsg(connection_)));
  }
  void run(const std::string& sql) {
    must(sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr));
  }
  [[nodiscard]] sqlite3_stmt* planned(const std::string& sql) {
    sqlite3_stmt* statement = nullptr;
    must(sqlite3_prepare_v2(connection_, sql.c_str(), -1, &statement, nullptr));
    return statement;
  }
  void step(sqlite3_stmt* statement) {
    must(sqlite3_step(statement) == SQLITE_DONE ? SQLITE_OK : SQLITE_ERROR);
    sqlite3_reset(statement);
  }

  sqlite3* connection_ = nullptr;
  std::mutex mutex_;  // guards the connection's use
  sqlite3_stmt* begin_ = nullptr;
  sqlite3_stmt* move_ = nullptr;
  sqlite3_stmt* commit_ = nullptr;
};

// There is nothing to prepare: the work is committed at once.
class BareOnSqlite : public BareBranch {
 public:
  explicit BareOnSqlite(BareConnection& on) : on_(on) {}
  void work(std::size_t account, int amount) override { on_.transfer(account, amount); }
  void prepare() override {}
  void commit() override {}

 private:
  BareConnection& on_;
};

class SqliteAccounts : public Accounts {
 public:
  SqliteAccounts() { (void)in_vows_file("SELECT 1"); }

  std::unique_ptr<BareBranch> connect() override { return std::make_unique<BareOnSqlite>(bare_); }
  void serve(client& of, const std::string& name) override {
    sqlite::options how;
    how.vfs = counter_.vfs();
    how.wait_max = std::chrono::seconds(20);  // for all the other threads, one after the other
    served_.emplace(of, name, vows_file_, how);
  }
  void leave() override { served_.reset(); }
  void work(tx& in, std::size_t account, int amount) override {
    served_->branch_of(in).execute(
        fmt::format("UPDATE account SET balance = balance + {} WHERE id = {}", amount, account));
  }

  Spent spent() override { return {0, counter_.syncs()}; }
  std::int64_t sum() override {
    constexpr auto sum = "SELECT sum(balance) FROM account";
    return bare_.ask(sum) + in_vows_file(sum);
  }
  std::size_t prepared() override {
    return static_cast<std::size_t>(in_vows_file("SELECT count(*) FROM vow_branch WHERE state = 'prepared'"));
  }

 private:
  // While nobody else of this process has it open.
  [[nodiscard]] std::int64_t in_vows_file(const std::string& question) {
    return BareConnection(vows_file_, counter_.vfs()).ask(question);
  }

  const testing::TemporaryDirectory folder_;
  // A file for each side, since two connections of one process to one file are not safe.
  const std::string vows_file_ = folder_.path() + "/vow";
  SyncCounter counter_;
  BareConnection bare_{folder_.path() + "/bare", counter_.vfs()};
  std::optional<sqlite::resource> served_;
};

}  // namespace

std::unique_ptr<Accounts> accounts_in_sqlite() { return std::make_unique<SqliteAccounts>(); }

}  // namespace vow::bench
