// What a branch is called in the server: its XA transaction, and the lock of the session that works on it.
//
// The lock says two things. While it is taken, a session works on the branch or ends it; and whoever gets it
// knows that the session before has ended altogether, since a server gives up a session's locks after it has
// rolled back or detached the session's branch.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "vow/branch.h"
#include "vow/error.h"
#include "vow/mysql/api.h"
#include "vow/mysql/statement.h"

namespace vow::mysql {

// Marks what is ours among the XA transactions of a server: "vow". XA transactions of others have other
// numbers.
inline constexpr long format_id = 0x766f77;

// As XA statements take it. Only for names that preparation::parse() takes: they need no escaping.
[[nodiscard]] inline std::string xa_name(const preparation& of) {
  const std::string name = of.name();
  preparation parsed;
  if (!preparation::parse(name, parsed)) {
    throw misuse({.code = "VOW-5245",
                  .what = "\"" + name + "\" is no name of a preparation",
                  .hint = "take the preparation as the transaction gives it",
                  .xid = of.xid});
  }
  return "'" + name + "',''," + std::to_string(format_id);
}

// The same for each preparation of a branch. 64 characters is what MySQL takes; these are at most 55.
[[nodiscard]] inline std::string lock_name(const preparation& of) {
  return "vow." + of.xid + "." + of.branch;
}

// Takes the lock of that name, for as long as the session lives or until it is released. False: another has
// it.
[[nodiscard]] inline bool take_lock(MYSQL* on, const std::string& name, std::chrono::milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  const rows answer = run(on, "SELECT GET_LOCK('" + name + "'," + std::to_string(seconds) + ")");
  return answer.at(0).at(0) == "1";
}

// A condition that takes it, or does not hold.
[[nodiscard]] inline std::string gets_lock(const std::string& name) {
  return "COALESCE(GET_LOCK('" + name + "',0),0)=1";
}

inline void release_lock(MYSQL* on, const std::string& name) {
  (void)try_run(on, "DO RELEASE_LOCK('" + name + "')");  // else it goes with the session
}

// The number of the session that has the lock; empty: none.
[[nodiscard]] inline std::string lock_holder(MYSQL* on, const std::string& name) {
  return run(on, "SELECT IS_USED_LOCK('" + name + "')").at(0).at(0);
}

// All of ours that the server has prepared, held by sessions or not.
[[nodiscard]] inline std::vector<preparation> prepared_in(MYSQL* on) {
  std::vector<preparation> found;
  for (const auto& row : run(on, "XA RECOVER")) {
    preparation which;
    const bool is_ours =
        row.at(0) == std::to_string(format_id) && row.at(2) == "0" && preparation::parse(row.at(3), which);
    if (is_ours) found.push_back(which);
  }
  return found;
}

}  // namespace vow::mysql
