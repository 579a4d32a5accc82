// What does a transaction across two MariaDB servers cost with Vow, against the same work by hand?
#include "bench/xa/accounts_mariadb.h"
#include "bench/xa/two_branches.h"

int main(int count, char** arguments) {
  using namespace vow::bench;
  const auto options = TwoBranchesOptions::parse(count, arguments);
  const auto from = accounts_in_mariadb(options.threads);
  const auto to = accounts_in_mariadb(options.threads);
  compare_two_branches("xa_mariadb", options, *from, *to);
  return 0;
}
