#include "bench/xa/accounts_mariadb.h"

#include <optional>

#include <fmt/format.h>

#include "bench/xa/server_cpu.h"
#include "tests/support/mariadb_server.h"

#include "vow/mysql.h"

namespace vow::bench {
namespace {

std::string move(std::size_t account, int amount) {
  return fmt::format("UPDATE account SET balance = balance + {} WHERE id = {}", amount, account);
}

class BareOnMariadb : public BareBranch {
 public:
  BareOnMariadb(MYSQL* connection, std::size_t nth)
      : connection_(connection), name_(fmt::format("'bare-{}'", nth)) {}
  ~BareOnMariadb() override { ::mysql_close(connection_); }
  BareOnMariadb(const BareOnMariadb&) = delete;
  BareOnMariadb& operator=(const BareOnMariadb&) = delete;

  void work(std::size_t account, int amount) override {
    mysql::run(connection_, "XA START " + name_);
    mysql::run(connection_, move(account, amount));
  }
  void prepare() override {
    mysql::run(connection_, "XA END " + name_);
    mysql::run(connection_, "XA PREPARE " + name_);
  }
  void commit() override { mysql::run(connection_, "XA COMMIT " + name_); }

 private:
  MYSQL* const connection_;
  const std::string name_;
};

class MariadbAccounts : public Accounts {
 public:
  explicit MariadbAccounts(std::size_t threads)
      : threads_(threads),
        server_({.innodb_flush_log_at_trx_commit = 1,
                 .arguments = {"--innodb-buffer-pool-size=256M", "--innodb-log-file-size=512M",
                               "--max-connections=" + std::to_string(4 * threads + 50)}}) {
    where_.socket = server_.socket();
    where_.user = "root";
    where_.database = server_.new_database();
    const mysql::connection on(mysql::connect_to(where_)());
    mysql::run(on.get(), "CREATE TABLE account (id INT PRIMARY KEY, balance BIGINT NOT NULL)");
    mysql::run(on.get(),
               "INSERT INTO account SELECT seq, 0 FROM seq_0_to_" + std::to_string(accounts_max - 1));
  }

  std::unique_ptr<BareBranch> connect() override {
    return std::make_unique<BareOnMariadb>(mysql::connect_to(where_)(), ++connections_);
  }
  void serve(client& of, const std::string& name) override {
    mysql::options how;
    how.connections_max = static_cast<std::uint32_t>(threads_ + 4);
    served_.emplace(of, name, mysql::connect_to(where_), how);
  }
  void leave() override { served_.reset(); }
  void work(tx& in, std::size_t account, int amount) override {
    mysql::run(served_->enlist(in), move(account, amount));
  }

  Spent spent() override {
    // Of the log and of all else: since 10.8 the log's alone are not counted.
    const auto row = ask("SHOW GLOBAL STATUS LIKE 'Innodb_data_fsyncs'");
    return {cpu_seconds_of_server(server_.process()), std::stoull(row.at(0).at(1))};
  }
  std::int64_t sum() override { return std::stoll(ask("SELECT SUM(balance) FROM account").at(0).at(0)); }
  std::size_t prepared() override { return ask("XA RECOVER").size(); }

 private:
  mysql::rows ask(const std::string& question) {
    const mysql::connection on(mysql::connect_to(where_)());
    return mysql::run(on.get(), question);
  }

  const std::size_t threads_;
  testing::MariadbServer server_;
  mysql::parameters where_;
  std::size_t connections_ = 0;
  std::optional<mysql::resource> served_;
};

}  // namespace

std::unique_ptr<Accounts> accounts_in_mariadb(std::size_t threads) {
  return std::make_unique<MariadbAccounts>(threads);
}

}  // namespace vow::bench
