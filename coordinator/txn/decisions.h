// All decisions, as every replica holds them. Applied commands change them, and nothing else.
//
//             decide                 finish                      deadline + grace past
//   (none) ───────────▶ unfinished ───────────▶ finished ──────────────────────────────▶ bit
//                            │  ▲                                                          │
//                            └──┘ force (one branch; a finish still follows)               │ horizon beyond
//                                                                                          ▼
//                                                                                      forgotten
//
// What holds:
//   - A decision counts only if its xid is of this cell, of an incarnation adopted here, and of the term of
//   the
//     entry that carries it. The first one for an xid counts; a second is ignored. (A deposed leader that is
//     elected again with a decision still queued would otherwise contradict itself.)
//   - An unfinished decision is never dropped.
//   - A dropped decision has its bit for as long as the horizon has not passed its deadline.
//   - The horizon and the time only rise. The horizon is never less than an hour behind the time.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "coordinator/base/pages.h"
#include "coordinator/base/slot_index.h"
#include "coordinator/txn/committed_bits.h"
#include "coordinator/txn/decision.h"
#include "coordinator/txn/resource_names.h"

namespace vow::txn {

struct DecisionOptions {
  // How long after its deadline a finished decision is kept with its preparations. The same on all replicas:
  // it is part of the replicated state.
  std::uint64_t grace_ms = 60'000;
};

// What an operator did to a branch.
struct Forced {
  BranchName branch;
  bool committed = false;
  std::uint64_t at_ms = 0;
  std::string who;
  std::string why;

  bool operator==(const Forced&) const = default;
};

class Decisions {
 public:
  explicit Decisions(const DecisionOptions& options = {}) : options_(options) {}

  enum class Taken : std::uint8_t {
    now,
    before,   // there is one for this xid already
    ignored,  // another cell, incarnation or term
  };

  // The cell's identity, given once, when it is founded or restored.
  void found(std::uint32_t cell, std::uint32_t incarnation);

  Taken decide(const Decide& decide, Term entry_term);
  void finish(const Finish& finish);
  void advance(const Advance& advance);
  // False if there is no such decision or branch.
  bool force(const Force& force);

  [[nodiscard]] const Decision* find(const Xid& xid) const;
  // The decision is gone and has left its bit.
  [[nodiscard]] bool has_bit(const Xid& xid) const { return bits_.has(xid); }
  [[nodiscard]] const std::vector<Forced>* forced(const Xid& xid) const;

  [[nodiscard]] bool is_ours(const Xid& xid) const { return xid.cell == cell_ && adopted(xid.incarnation); }
  [[nodiscard]] std::uint32_t cell() const { return cell_; }
  // Of the transactions that begin now.
  [[nodiscard]] std::uint32_t incarnation() const { return incarnations_.empty() ? 0 : incarnations_.back(); }
  [[nodiscard]] std::uint64_t horizon_ms() const { return horizon_ms_; }
  // The latest stamp in the log.
  [[nodiscard]] std::uint64_t time_ms() const { return time_ms_; }
  [[nodiscard]] std::size_t size() const { return decisions_.size(); }
  [[nodiscard]] std::size_t unfinished() const { return unfinished_; }
  [[nodiscard]] std::size_t bit_bytes() const { return bits_.bytes(); }
  // Where the horizon should go if the bits have outgrown this budget; none if they have not.
  [[nodiscard]] std::optional<std::uint64_t> wanted_horizon(std::size_t budget_bytes) const;
  // Whether an Advance at this time would drop something.
  [[nodiscard]] bool has_droppable(std::uint64_t now_ms) const;
  [[nodiscard]] const ResourceNames& resources() const { return resources_; }

  // Walks all decisions a few at a time, while they change: slots from 0 up to slots().
  [[nodiscard]] std::size_t slots() const { return decisions_.slots(); }
  [[nodiscard]] const Decision* at(std::size_t slot) const { return decisions_.at(slot); }

  // The same on every replica that has applied the same commands.
  [[nodiscard]] std::uint64_t digest() const;
  void check_invariants() const;

  // For snapshots: everything, at this moment.
  struct Head {
    std::uint32_t cell = 0;
    std::vector<std::uint32_t> incarnations;
    std::uint64_t grace_ms = 0;
    std::uint64_t horizon_ms = 0;
    std::uint64_t time_ms = 0;
    std::uint64_t finished_count = 0;
    std::vector<std::string> resources;  // by number
    std::map<Xid, std::vector<Forced>> forced;
  };
  struct Frozen {
    Head head;
    Pages<Decision>::Frozen decisions;
    Pages<CommittedBits::Chunk>::Frozen bits;
  };
  [[nodiscard]] Frozen freeze();
  // Rebuilds an empty one: the head, then every decision and chunk, in any order, then restored().
  void restore(Head head);
  void restore(Decision decision);
  void restore(const CommittedBits::Chunk& chunk) { bits_.restore(chunk); }
  void restored();

 private:
  using Slot = Pages<Decision>::Slot;

  [[nodiscard]] Slot slot_of(const Xid& xid) const {
    return index_.find(std::hash<Xid>{}(xid), [&](Slot slot) { return decisions_.at(slot)->xid == xid; });
  }
  [[nodiscard]] bool adopted(std::uint32_t incarnation) const;
  void pass(std::uint64_t stamp_ms);
  // From which second on it may be dropped.
  [[nodiscard]] std::uint64_t drop_second(const Xid& xid) const;
  void drop_some(std::size_t at_most);
  void drop(Slot slot);

  DecisionOptions options_;
  std::uint32_t cell_ = 0;
  std::vector<std::uint32_t> incarnations_;
  std::uint64_t horizon_ms_ = 0;
  std::uint64_t time_ms_ = 0;
  std::uint64_t finished_count_ = 0;
  std::size_t unfinished_ = 0;
  ResourceNames resources_;
  Pages<Decision> decisions_;
  SlotIndex index_;  // of decisions_
  std::map<Xid, std::vector<Forced>> forced_;
  CommittedBits bits_;
  // Finished ones, by the second from which they may be dropped, in the order in which they finished: all
  // replicas drop the same ones in the same step.
  std::map<std::uint64_t, std::deque<Slot>> to_drop_;
};

}  // namespace vow::txn
