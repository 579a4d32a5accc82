// The sessions of a delivery, and when each has to be looked at again.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <queue>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "coordinator/dispatch/balancing.h"
#include "coordinator/dispatch/resources.h"
#include "coordinator/dispatch/slot_list.h"

namespace vow::dispatch {

// A poll that is to be answered, as its caller knows it.
using PollToken = vow::Number<struct PollTokenKind>;

struct HeldPoll {
  PollToken token;
  std::uint32_t commands_max = 0;
  std::uint64_t until_ms = 0;
};

struct ServedResource {
  Resources::Number resource = 0;
  std::uint32_t weight = 1;
};

struct Session {
  static constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

  txn::SessionNumber number;
  std::string process;
  std::vector<ServedResource> serves;
  Load load;
  PlaceList queue;
  PlaceList in_flight;  // the one that was handed out first is first
  std::optional<HeldPoll> poll;
  std::uint64_t last_sign_ms = 0;  // of life
  std::uint64_t over = 0;          // the connection of the last poll
  bool is_cut_off = false;         // that connection has closed
  std::uint64_t wakes_at_ms = never;
  bool is_ready = false;  // is among those that may get an answer
  bool is_freed = false;  // is among those that may take more

  [[nodiscard]] bool serves_resource(Resources::Number resource) const {
    for (const ServedResource& served : serves) {
      if (served.resource == resource) return true;
    }
    return false;
  }
};

class Sessions {
 public:
  Session& add(txn::SessionNumber number) {
    const auto [at, is_new] = sessions_.try_emplace(number);
    VOW_CHECK(is_new, "session {} is open already", number.value());
    at->second.number = number;
    return at->second;
  }
  // Null if there is none.
  [[nodiscard]] Session* find(txn::SessionNumber number) {
    const auto at = sessions_.find(number);
    return at == sessions_.end() ? nullptr : &at->second;
  }
  [[nodiscard]] bool has(txn::SessionNumber number) const { return sessions_.contains(number); }
  void erase(txn::SessionNumber number) { sessions_.erase(number); }
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }
  // In no particular order.
  [[nodiscard]] const std::unordered_map<txn::SessionNumber, Session>& all() const { return sessions_; }

  // It is to be looked at no later than that. What was asked for before may still wake it: only the earliest
  // counts, and whoever is woken asks again.
  void wake(Session& session, std::uint64_t at_ms) {
    if (at_ms >= session.wakes_at_ms) return;
    session.wakes_at_ms = at_ms;
    wakes_.push({at_ms, session.number});
  }
  // One whose time has come; null if there is none.
  [[nodiscard]] Session* next_awake(std::uint64_t now_ms) {
    while (!wakes_.empty() && wakes_.top().first <= now_ms) {
      const auto [at_ms, number] = wakes_.top();
      wakes_.pop();
      Session* session = find(number);
      if (session == nullptr || session->wakes_at_ms != at_ms) continue;
      session->wakes_at_ms = Session::never;
      return session;
    }
    return nullptr;
  }

 private:
  using Wake = std::pair<std::uint64_t, txn::SessionNumber>;
  std::unordered_map<txn::SessionNumber, Session> sessions_;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
};

}  // namespace vow::dispatch
