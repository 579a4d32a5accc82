// Those who wait for a transaction's end, and for how long they will.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "coordinator/base/slot_map.h"
#include "coordinator/dispatch/requests.h"

namespace vow::dispatch {

class Waiters {
 public:
  enum class Until : std::uint8_t {
    decided,    // the first that is settled
    committed,  // finished, if it is committed; a rollback is told at once
    undone,     // finished, whatever the end
  };

  // `wait_until_ms` as the caller's clock goes; none: for as long as this leadership lasts.
  void add(const txn::Xid& xid, Until until, std::optional<std::uint64_t> wait_until_ms, AnswerDone done);
  // Tells those for whom this is enough.
  void settled(const txn::Settled& settled);
  // Tells those who have waited long enough what `answer` says of their transaction now.
  using Ask = std::function<txn::Answer(const txn::Xid&)>;
  void tick(std::uint64_t now_ms, const Ask& ask);
  // Tells all what `answer` says.
  void end(const Ask& ask);

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  struct Waiter {
    Until until = Until::decided;
    std::uint64_t until_ms = 0;
    AnswerDone done;
  };
  template <class Which>
  [[nodiscard]] std::vector<AnswerDone> take(const txn::Xid& xid, Which which);
  [[nodiscard]] static bool is_enough(Until until, const txn::Settled& settled);

  SlotMap<txn::Xid, std::vector<Waiter>> waiters_;
  std::size_t size_ = 0;
  // By steps of step_ms: somebody's patience for that transaction ends in it.
  static constexpr std::uint64_t step_ms = 16;
  std::map<std::uint64_t, std::vector<txn::Xid>> ends_;
};

}  // namespace vow::dispatch
