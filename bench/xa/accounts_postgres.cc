#include "bench/xa/accounts_postgres.h"

#include <atomic>
#include <optional>

#include <fmt/format.h>
#include <pqxx/pqxx>

#include "bench/xa/server_cpu.h"
#include "tests/support/postgres_server.h"

#include "vow/postgres.h"

namespace vow::bench {
namespace {

// Both sides' connections have it: planned once, a round trip.
std::unique_ptr<pqxx::connection> connect_to(const std::string& dsn) {
  auto connection = std::make_unique<pqxx::connection>(dsn);
  connection->prepare("move", "update account set balance = balance + $1 where id = $2");
  return connection;
}

class BareOnPostgres : public BareBranch {
 public:
  BareOnPostgres(const std::string& dsn, std::size_t nth)
      : connection_(connect_to(dsn)), name_(fmt::format("bare-{}", nth)) {}

  void work(std::size_t account, int amount) override {
    direct_.exec("begin");
    direct_.exec_prepared("move", amount, account);
  }
  void prepare() override { direct_.exec("prepare transaction '" + name_ + "'"); }
  void commit() override { direct_.exec("commit prepared '" + name_ + "'"); }

 private:
  const std::unique_ptr<pqxx::connection> connection_;
  pqxx::nontransaction direct_{*connection_};
  const std::string name_;
};

class PostgresAccounts : public Accounts {
 public:
  explicit PostgresAccounts(std::size_t threads)
      : threads_(threads),
        server_({.prepared_max = static_cast<std::uint32_t>(4 * threads + 50),
                 .others = {{"max_connections", std::to_string(4 * threads + 50)},
                            {"synchronous_commit", "on"},
                            {"shared_buffers", "256MB"},
                            {"max_wal_size", "4GB"}}}),
        dsn_(server_.dsn(server_.new_database())) {
    pqxx::connection connection(dsn_);
    pqxx::nontransaction direct(connection);
    direct.exec(
        "create table account (id int primary key, balance bigint not null) with (fillfactor = 50);"
        "insert into account select n, 0 from generate_series(0, " +
        std::to_string(accounts_max - 1) + ") n");
    direct.exec("vacuum analyze account");
  }

  std::unique_ptr<BareBranch> connect() override {
    return std::make_unique<BareOnPostgres>(dsn_, ++connections_);
  }
  void serve(client& of, const std::string& name) override {
    postgres::options how;
    how.connections_max = threads_ + 4;
    served_.emplace(
        of, name, [dsn = dsn_] { return connect_to(dsn); }, how);
  }
  void leave() override { served_.reset(); }
  void work(tx& in, std::size_t account, int amount) override {
    served_->enlist(in).exec_prepared("move", amount, account);
  }

  Spent spent() override {
    return {cpu_seconds_of_server(server_.process()),
            static_cast<std::uint64_t>(ask("select wal_sync from pg_stat_wal"))};
  }
  std::int64_t sum() override { return ask("select sum(balance) from account"); }
  std::size_t prepared() override {
    return static_cast<std::size_t>(ask("select count(*) from pg_prepared_xacts"));
  }

 private:
  std::int64_t ask(const std::string& question) {
    pqxx::connection connection(dsn_);
    return pqxx::nontransaction(connection).exec(question)[0][0].as<std::int64_t>();
  }

  const std::size_t threads_;
  testing::PostgresServer server_;
  const std::string dsn_;
  std::atomic<std::size_t> connections_{0};
  std::optional<postgres::resource> served_;
};

}  // namespace

std::unique_ptr<Accounts> accounts_in_postgres(std::size_t threads) {
  return std::make_unique<PostgresAccounts>(threads);
}

}  // namespace vow::bench
