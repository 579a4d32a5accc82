// Actions whose records SQLite keeps.
#include "tests/sdk/actions/contract.h"
#include "tests/sdk/sqlite/databases.h"

#include "vow/sqlite/record.h"

namespace vow::sqlite {
namespace {

class SqliteLedger final : public sdk::Ledger {
 public:
  SqliteLedger() { plain(path_).run("CREATE TABLE account(balance); INSERT INTO account VALUES (0)"); }

  // On the one connection that a process has to a file.
  std::unique_ptr<record::book> open(std::chrono::milliseconds retention) override {
    return std::make_unique<record_book>(database_, retention);
  }
  void add(void* handle, int amount) override {
    execute(static_cast<sqlite3*>(handle),
            "UPDATE account SET balance = balance + " + std::to_string(amount));
  }
  int balance() override { return std::stoi(plain(path_).text("SELECT balance FROM account")); }
  std::string state_of(const preparation& which) override {
    return plain(path_).text("SELECT state FROM vow_branch WHERE xid = '" + which.xid + "' AND branch = '" +
                             which.branch + "'");
  }

 private:
  const vow::testing::TemporaryDirectory directory_;
  const std::string path_ = directory_.path() + "/ledger.db";
  database database_{path_};
};

std::unique_ptr<sdk::Ledger> make() { return std::make_unique<SqliteLedger>(); }

}  // namespace
}  // namespace vow::sqlite

namespace vow::sdk {
INSTANTIATE_TEST_SUITE_P(InSqlite, ActionsContract, ::testing::Values(&vow::sqlite::make));
INSTANTIATE_TEST_SUITE_P(InSqlite, HookContract, ::testing::Values(&vow::sqlite::make));
}  // namespace vow::sdk
