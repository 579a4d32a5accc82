// What does a transaction across two PostgreSQL servers cost with Vow, against the same work by hand?
#include "bench/xa/accounts_postgres.h"
#include "bench/xa/two_branches.h"

int main(int count, char** arguments) {
  using namespace vow::bench;
  const auto options = TwoBranchesOptions::parse(count, arguments);
  const auto from = accounts_in_postgres(options.threads);
  const auto to = accounts_in_postgres(options.threads);
  compare_two_branches("xa_pg", options, *from, *to);
  return 0;
}
