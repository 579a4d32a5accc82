// Actions whose records PostgreSQL keeps.
#include "tests/sdk/actions/contract.h"
#include "tests/sdk/postgres/fixture.h"

#include "vow/postgres/record.h"

namespace vow::postgres {
namespace {

// A book that has its own connections, as another process's has.
class OwnBook final : public record::book {
 public:
  OwnBook(connect_function connect, options how)
      : database_(std::move(connect), std::move(how)), book_(database_) {}
  void make() override { book_.make(); }
  void transact(const preparation& as, const transaction& work) override { book_.transact(as, work); }
  std::vector<found> list_open() override { return book_.list_open(); }
  bool says_committed(const std::string& xid) override {
    book_.look_for_table();
    return book_.says_committed(xid);
  }
  void clean() override { book_.clean(); }

 private:
  database database_;
  record_book book_;
};

class PostgresLedger final : public sdk::Ledger {
 public:
  PostgresLedger() {
    pqxx::connection first(dsn_);
    run(first, "create table account (balance int); insert into account values (0)");
  }
  std::unique_ptr<record::book> open(std::chrono::milliseconds retention) override {
    options how;
    how.retention = retention;
    return std::make_unique<OwnBook>([this] { return std::make_unique<pqxx::connection>(dsn_); }, how);
  }
  void add(void* handle, int amount) override {
    static_cast<pqxx::transaction_base*>(handle)->exec("update account set balance = balance + " +
                                                       std::to_string(amount));
  }
  int balance() override { return ask("select balance from account")[0][0].as<int>(); }
  std::string state_of(const preparation& which) override {
    const auto found = ask("select state from vow_branch where xid = '" + which.xid + "' and branch = '" +
                           which.branch + "'");
    return found.empty() ? std::string() : found[0][0].as<std::string>();
  }

  // One server for all of them.
  static testing::PostgresServer& server() {
    static testing::PostgresServer server({.fsync = false});
    if (!server.is_running()) server.start();
    return server;
  }

 private:
  static pqxx::result run(pqxx::connection& on, const std::string& sql) {
    return pqxx::nontransaction(on).exec(sql);
  }
  pqxx::result ask(const std::string& sql) const {
    pqxx::connection other(dsn_);
    return run(other, sql);
  }
  const std::string dsn_ = server().dsn(server().new_database());
};

std::unique_ptr<sdk::Ledger> make() { return std::make_unique<PostgresLedger>(); }

}  // namespace
}  // namespace vow::postgres

namespace vow::sdk {
INSTANTIATE_TEST_SUITE_P(InPostgres, ActionsContract, ::testing::Values(&vow::postgres::make));
INSTANTIATE_TEST_SUITE_P(InPostgres, HookContract, ::testing::Values(&vow::postgres::make));
}  // namespace vow::sdk
