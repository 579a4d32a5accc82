// What the clients asked of the registers, and what they were told.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace vow::sim {

using Key = std::uint32_t;
// 0: never written. All other values are written by at most one operation of a run.
using Value = std::uint64_t;

enum class OperationKind : std::uint8_t { put, get, cas };

struct Operation {
  OperationKind kind = OperationKind::get;
  Key key = 0;
  Value expected = 0;  // cas
  Value value = 0;     // put, cas: the new one; get: the one that was read
  // What a cas answered. It tells what it found, so that a write which nobody saw cannot explain a failed
  // swap.
  bool swapped = false;
  Value found = 0;
};

enum class Ending : std::uint8_t {
  open,  // not answered yet, which for a checker is the same as unknown
  done,
  failed,   // certainly not happened
  unknown,  // happened, happens any time later, or never
};

struct Recorded {
  Operation operation;
  std::uint64_t client = 0;
  std::uint64_t invoked = 0;   // positions in the order of all invocations and answers
  std::uint64_t answered = 0;  // if done
  Ending ending = Ending::open;
};

// Invocations and answers are numbered in the order in which they happen: that order is all that
// linearizability speaks of.
class History {
 public:
  using Id = std::size_t;

  Id invoke(std::uint64_t client, const Operation& operation);
  // `answer`: the operation with what it returned filled in.
  void done(Id id, const Operation& answer);
  void failed(Id id) { operations_[id].ending = Ending::failed; }
  void unknown(Id id) { operations_[id].ending = Ending::unknown; }

  [[nodiscard]] const std::vector<Recorded>& operations() const { return operations_; }
  [[nodiscard]] std::map<Key, std::vector<Recorded>> by_key() const;
  [[nodiscard]] std::uint64_t count(Ending ending) const;

 private:
  std::vector<Recorded> operations_;
  std::uint64_t next_position_ = 0;
};

}  // namespace vow::sim
