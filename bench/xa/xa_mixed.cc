// What does a transaction across PostgreSQL and MariaDB cost with Vow, against the same work by hand?
#include "bench/xa/accounts_mariadb.h"
#include "bench/xa/accounts_postgres.h"
#include "bench/xa/two_branches.h"

int main(int count, char** arguments) {
  using namespace vow::bench;
  const auto options = TwoBranchesOptions::parse(count, arguments);
  const auto from = accounts_in_postgres(options.threads);
  const auto to = accounts_in_mariadb(options.threads);
  compare_two_branches("xa_mixed", options, *from, *to);
  return 0;
}
