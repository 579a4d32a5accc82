#include "coordinator/rpc/calls.h"

#include <algorithm>
#include <array>

namespace vow::rpc {

namespace {

// In the enum's order.
constexpr std::array<std::string_view, static_cast<std::size_t>(Method::unknown)> names = {
    "ping",   "open_session", "close_session", "poll",     "report",  "begin_transaction",
    "enlist", "vote",         "commit",        "rollback", "outcome", "enlistments",
    "votes",  "commits",      "rollbacks",     "outcomes"};

}  // namespace

std::string_view name(Method method) {
  return method == Method::unknown ? "unknown" : names[static_cast<std::size_t>(method)];
}

Method method_named(std::string_view name) {
  return static_cast<Method>(std::find(names.begin(), names.end(), name) - names.begin());
}

}  // namespace vow::rpc
