#include "vow/record.h"

#include <thread>

#include "coordinator/txn/xid.h"

namespace vow::record {

std::string_view name(kind of) {
  switch (of) {
    case kind::tcc:
      return "tcc";
    case kind::hooks:
      return "hooks";
    case kind::alone:
      return "alone";
  }
  return "?";
}

std::string_view name(state of) {
  switch (of) {
    case state::attempting:
      return "attempting";
    case state::prepared:
      return "prepared";
    case state::committed:
      return "committed";
    case state::cancelled:
      return "cancelled";
  }
  return "?";
}

std::optional<state> state_of(std::string_view text) {
  for (const state each : {state::attempting, state::prepared, state::committed, state::cancelled}) {
    if (name(each) == text) return each;
  }
  return std::nullopt;
}

std::int64_t deadline_ms_of(std::string_view xid) {
  const auto parsed = txn::parse_xid(xid);
  return parsed ? static_cast<std::int64_t>(parsed->deadline_ms()) : 0;
}

outcome settle_alone(book& in, const preparation& as) {
  auto came_to = outcome::unknown;
  in.transact(as, [&](void*, rows& table) {
    row mark{as, kind::alone, {}, state::cancelled, {}};
    mark.although_late = true;  // so that it meets a commit that is still under way
    const auto found = table.add(mark) ? std::nullopt : table.find(as);
    const bool is_committed = found && found->which == as && found->state == state::committed;
    came_to = is_committed ? outcome::committed : outcome::rolled_back;
  });
  return came_to;
}

outcome settle_alone(book& in, const preparation& as, std::chrono::steady_clock::time_point until) {
  constexpr std::chrono::milliseconds pause(20);
  for (;;) {
    try {
      return settle_alone(in, as);
    } catch (const error&) {
      if (std::chrono::steady_clock::now() >= until) return outcome::unknown;
      std::this_thread::sleep_for(pause);
    }
  }
}

}  // namespace vow::record
