// One state of the explored world, small enough to have millions of them, and what may happen next in it.
//
// The network is the set of all messages ever sent: any of them may be delivered at any time, to anyone, any
// number of times, or never. So a message is not in the state if what it was sent for is: a vote that was
// once given may arrive for ever. A crash of a participant loses nothing that it has not lost already by
// forgetting whom it asked; an initiator that crashes is one that does nothing more.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "coordinator/txn/answer.h"
#include "tests/explore/input.h"

namespace vow::explore {

// What a participant durably holds of one preparation.
enum class Holds : std::uint8_t {
  nothing,      // not asked yet
  working,      // enlisted, in its memory alone
  gone,         // lost with its memory, or given up before it was prepared
  prepared,     //
  read_only,    // has left
  refused,      //
  committed,    //
  rolled_back,  //
  // only with mistakes planted in participants
  undurable_prepared,   // has voted, and would not survive a crash
  undurable_committed,  // has confirmed, and would not survive a crash
};

// What somebody was told of the transaction as a whole, for good.
inline constexpr std::uint8_t said_committed = 1;
inline constexpr std::uint8_t said_rolled_back = 2;
inline constexpr std::uint8_t said_nothing_to_commit = 4;
[[nodiscard]] constexpr std::uint8_t said_bit(txn::Verdict verdict) {
  switch (verdict) {
    case txn::Verdict::committed:
      return said_committed;
    case txn::Verdict::rolled_back:
      return said_rolled_back;
    case txn::Verdict::nothing_to_commit:
      return said_nothing_to_commit;
    default:
      return 0;
  }
}

enum class EntryKind : std::uint8_t { own, decide, leftover_decide, finish, advance, horizon };
struct Entry {
  EntryKind kind = EntryKind::own;
  std::uint8_t term = 0;
  Set set = 0;
};

// One leader, which may go on for ever after others have taken over.
struct Leading {
  std::uint16_t memory = 0;
  std::uint8_t applied = 0;       // entries of the log
  std::uint8_t elected = 0;       // it answers: 1, and has looked for what earlier leaders left undone: 2
  std::uint8_t own_entry = 0;     // its term's first entry is committed
  Set proposed = 0;               // in a decision that may still be on its way
  std::uint8_t finish = 0;        // a finish is proposed
  std::uint8_t other_marked = 0;  // the only place for a mark was taken: 1, and is free again: 2
};

struct World {
  static constexpr std::size_t log_max = 10;

  std::array<Holds, preparations> holds{};
  // Preparations for which such an answer or command is in the network.
  Set told_commit = 0;
  Set told_rollback = 0;
  std::uint8_t told_prepare = 0;  // the shared branch
  std::uint8_t said = 0;
  std::uint8_t has_named = 0;        // the initiator asked for commit,
  Set named = 0;                     // of these
  std::uint8_t deadline_passed = 0;  // for the leader of the transaction's term
  std::uint8_t log_size = 0;
  std::array<Entry, log_max> log{};
  std::array<Leading, terms> leaders{};  // by term, from 1

  [[nodiscard]] Leading& leader(std::uint8_t term) { return leaders[term - 1u]; }
  [[nodiscard]] const Leading& leader(std::uint8_t term) const { return leaders[term - 1u]; }
  [[nodiscard]] std::string_view bytes() const {
    return {reinterpret_cast<const char*>(this), sizeof(*this)};
  }
};
static_assert(std::has_unique_object_representations_v<World>, "worlds are compared by their bytes");

enum class StepKind : std::uint8_t {
  // a participant, of one preparation
  enlists,
  prepares,
  reads_only,
  refuses,
  crashes,
  acts_on_commit,
  acts_on_rollback,
  acts_on_nothing,  // a planted mistake: rolls back though nobody said so
  makes_durable,    // what a planted mistake left undurable
  // a message reaches a leader
  vote,
  enlistment,
  question,
  confirmation,
  commit,
  rollback,
  initiator_question,
  watcher_question,
  // ... or another node
  follower_question,
  other_cell_question,
  // the initiator
  names,
  // time
  deadline_passes,
  tick,
  other_is_marked,
  other_ends,
  // the log
  election,
  takes_up,
  own_entry,
  append_decide,
  append_leftover_decide,
  append_finish,
  append_advance,
  append_horizon,
  apply,
};
inline constexpr std::size_t step_kinds = static_cast<std::size_t>(StepKind::apply) + 1;

struct Step {
  StepKind kind = StepKind::tick;
  std::uint8_t term = 0;  // of the leader concerned
  std::uint8_t what = 0;  // the preparation or set concerned; `everything` is the whole transaction
};
inline constexpr std::uint8_t everything = 31;

}  // namespace vow::explore
