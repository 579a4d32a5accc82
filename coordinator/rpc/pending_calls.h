// Calls that wait for their answers, by seqid.
//
// A ring that is indexed by the seqid's low bits. A call that waits long, such as a poll, keeps its place:
// the seqids that would fall on it are left out. It doubles when it is half full.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "coordinator/rpc/caller.h"

namespace vow::rpc {

struct PendingCall {
  std::int32_t seqid = 0;
  std::uint64_t deadline_ms = 0;
  std::uint64_t position = 0;  // of its frame, in all that was ever to be sent in this connection
  CallDone done;               // empty: the place is free
};

class PendingCalls {
 public:
  PendingCalls() : ring_(16) {}

  // The seqid it was given.
  std::int32_t add(std::uint64_t deadline_ms, std::uint64_t position, CallDone done) {
    if (2 * count_ >= ring_.size()) grow();
    while (place(next_).done) advance();
    const std::int32_t seqid = next_;
    place(seqid) = {seqid, deadline_ms, position, std::move(done)};
    ++count_;
    advance();
    return seqid;
  }
  // None: it has been answered or given up already, or never was.
  [[nodiscard]] std::optional<PendingCall> take(std::int32_t seqid) {
    PendingCall& call = place(seqid);
    if (!call.done || call.seqid != seqid) return std::nullopt;
    --count_;
    return std::exchange(call, {});
  }
  // Those for which `is_due` holds, in no order.
  template <class IsDue>
  [[nodiscard]] std::vector<PendingCall> take_if(IsDue is_due) {
    std::vector<PendingCall> taken;
    for (PendingCall& call : ring_)
      if (call.done && is_due(call)) taken.push_back(std::exchange(call, {}));
    count_ -= taken.size();
    return taken;
  }
  [[nodiscard]] std::optional<std::uint64_t> earliest_deadline_ms() const {
    std::optional<std::uint64_t> earliest;
    for (const PendingCall& call : ring_)
      if (call.done && (!earliest || call.deadline_ms < *earliest)) earliest = call.deadline_ms;
    return earliest;
  }
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  PendingCall& place(std::int32_t seqid) {
    return ring_[static_cast<std::uint32_t>(seqid) & (ring_.size() - 1)];
  }
  // Wraps around from the largest to 0: by then no call of that seqid waits any more, or it is left out.
  void advance() { next_ = next_ == INT32_MAX ? 0 : next_ + 1; }
  // Calls that did not meet in the small ring do not meet in the large one.
  void grow() {
    std::vector<PendingCall> old(2 * ring_.size());
    old.swap(ring_);
    for (PendingCall& call : old)
      if (call.done) place(call.seqid) = std::move(call);
  }

  std::vector<PendingCall> ring_;
  std::size_t count_ = 0;
  std::int32_t next_ = 1;
};

}  // namespace vow::rpc
