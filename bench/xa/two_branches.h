// Transactions of two branches, by Vow and by bare hand, compared: what each of the xa benchmarks runs.
//
// Each takes from an account in one database and gives to one in another, both of its thread's own, so that
// none waits for another's rows. The coordinator is one durable node in this process.
#pragma once

#include <memory>
#include <string>

#include "bench/xa/accounts.h"

namespace vow::bench {

struct TwoBranchesOptions {
  double seconds;
  std::size_t threads;
  std::string json;

  [[nodiscard]] static TwoBranchesOptions parse(int count, char** arguments);
};

// Prints the figures; the last line is one JSON object. Ends the program if money or transactions are left
// over.
void compare_two_branches(const std::string& name, const TwoBranchesOptions& options, Accounts& from,
                          Accounts& to);

}  // namespace vow::bench
