// Actions whose records MariaDB keeps.
#include "tests/sdk/actions/contract.h"
#include "tests/sdk/mysql/fixture.h"

#include "vow/mysql/record.h"

namespace vow::mysql {
namespace {

class MariadbLedger final : public sdk::Ledger {
 public:
  MariadbLedger() { database_.sql("CREATE TABLE account ENGINE=InnoDB SELECT 0 AS balance"); }

  // With its own connections, as another process has them.
  std::unique_ptr<record::book> open(std::chrono::milliseconds retention) override {
    options with;
    with.retention = retention;
    return std::make_unique<record_book>(database_.make_pool(with));
  }
  void add(void* handle, int amount) override {
    run(static_cast<MYSQL*>(handle), "UPDATE account SET balance = balance + " + std::to_string(amount));
  }
  int balance() override { return std::stoi(database_.sql("SELECT balance FROM account").at(0).at(0)); }
  std::string state_of(const preparation& which) override {
    const rows found = database_.sql("SELECT state FROM vow_branch WHERE xid = '" + which.xid +
                                     "' AND branch = '" + which.branch + "'");
    return found.empty() ? std::string() : found[0][0];
  }

 private:
  const Database database_{shared_server()};
};

std::unique_ptr<sdk::Ledger> make() { return std::make_unique<MariadbLedger>(); }

}  // namespace
}  // namespace vow::mysql

namespace vow::sdk {
INSTANTIATE_TEST_SUITE_P(InMariadb, ActionsContract, ::testing::Values(&vow::mysql::make));
INSTANTIATE_TEST_SUITE_P(InMariadb, HookContract, ::testing::Values(&vow::mysql::make));
}  // namespace vow::sdk
