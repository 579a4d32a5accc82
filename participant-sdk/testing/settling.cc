#include "participant-sdk/testing/settling.h"

#include <fmt/format.h>

namespace vow::testing {
namespace {

constexpr const char* states_at_work[] = {"open", "preparing", "deciding", "committing", "aborting"};

}  // namespace

std::vector<std::string> unfinished_of(const dispatch::NodeCoordinator& coordinator) {
  std::vector<std::string> left;
  for (const char* const state : states_at_work) {
    for (const dispatch::TransactionShown& each : coordinator.list({.state = state, .resource = {}})) {
      const std::string waits = each.waiting_for.empty() ? "" : "; it waits for " + each.waiting_for;
      left.push_back(fmt::format("transaction {} is {}{}", txn::to_string(each.xid), each.state, waits));
    }
  }
  // A new leader takes up what is on record little by little.
  const std::size_t on_record = coordinator.machine().decisions().unfinished();
  if (left.empty() && on_record > 0) left.push_back(fmt::format("{} decisions are unfinished", on_record));
  return left;
}

std::vector<std::string> left_with(Stage& clients) {
  std::vector<std::string> left;
  clients.for_each_client([&](sdk::Probed& client) {
    for (const std::string& name : client.held()) left.push_back("a client holds " + name);
    try {
      const std::size_t found = client.recover_all();
      if (found > 0) left.push_back(fmt::format("{} branches were found prepared in databases", found));
    } catch (const crashed& dead) {
      left.push_back(dead.process + " has just crashed");
    }
  });
  return left;
}

}  // namespace vow::testing
