// What does a transaction across two SQLite files cost with Vow, against the same work by hand? (See
// accounts_sqlite.h: no equal promise.)
#include "bench/xa/accounts_sqlite.h"
#include "bench/xa/two_branches.h"

int main(int count, char** arguments) {
  using namespace vow::bench;
  const auto options = TwoBranchesOptions::parse(count, arguments);
  const auto from = accounts_in_sqlite();
  const auto to = accounts_in_sqlite();
  compare_two_branches("xa_sqlite", options, *from, *to);
  return 0;
}
