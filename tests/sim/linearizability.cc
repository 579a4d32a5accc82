#include "tests/sim/linearizability.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <unordered_set>
#include <utility>

#include "coordinator/base/checksum.h"

namespace vow::sim {
namespace {

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

bool is_unknown(const Recorded& r) { return r.ending == Ending::unknown || r.ending == Ending::open; }

// The values that some answer, or some swap that may have happened, depends on.
std::set<Value> observed_values(const std::vector<Recorded>& operations) {
  std::set<Value> seen;
  for (const Recorded& r : operations) {
    if (r.operation.kind == OperationKind::cas) seen.insert(r.operation.expected);
    if (r.ending != Ending::done) continue;
    if (r.operation.kind == OperationKind::cas) seen.insert(r.operation.found);
    if (r.operation.kind == OperationKind::get) seen.insert(r.operation.value);
  }
  return seen;
}

std::vector<Recorded> relevant(const std::vector<Recorded>& operations) {
  const std::set<Value> seen = observed_values(operations);
  std::vector<Recorded> kept;
  for (Recorded r : operations) {
    if (r.ending == Ending::failed) continue;
    if (is_unknown(r)) {
      if (r.operation.kind == OperationKind::get || !seen.contains(r.operation.value)) continue;
      r.answered = never;
    }
    kept.push_back(r);
  }
  return kept;
}

// What the register holds after `operation`, if its answer fits.
bool step(const Recorded& r, Value& value) {
  const Operation& op = r.operation;
  switch (op.kind) {
    case OperationKind::put:
      value = op.value;
      return true;
    case OperationKind::get:
      return op.value == value;
    case OperationKind::cas:
      if (is_unknown(r)) {
        // One that finds another value changes nothing: as if it never happened.
        if (op.expected != value) return false;
      } else if (op.found != value || op.swapped != (op.expected == value)) {
        return false;
      }
      if (op.expected == value) value = op.value;
      return true;
  }
  return false;
}

struct Visited {
  std::uint64_t done;
  Value value;
  bool operator==(const Visited&) const = default;
};
struct VisitedHash {
  std::size_t operator()(const Visited& v) const { return v.done * 0x9e3779b97f4a7c15ULL ^ v.value; }
};

class Search {
 public:
  explicit Search(std::vector<Recorded> operations) : operations_(std::move(operations)) {
    done_.resize(operations_.size(), false);
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      const std::uint64_t number = i;
      marks_.push_back(checksum({reinterpret_cast<const char*>(&number), sizeof number}, 1));
      if (operations_[i].answered != never) ++owed_;
    }
  }

  Verdict run(std::uint64_t steps_max) {
    std::vector<Choice> path;
    Value value = 0;
    std::size_t next = 0;
    while (owed_ > 0) {
      if (++steps_ > steps_max) return Verdict::inconclusive;
      if (const auto i = candidate(next, value)) {
        path.push_back({*i, value, first_});
        take(*i, value);
        next = first_;
        continue;
      }
      if (path.empty()) return Verdict::broken;
      const Choice last = path.back();
      path.pop_back();
      give_back(last);
      value = last.value_before;
      next = last.index + 1;
    }
    return Verdict::linearizable;
  }

 private:
  struct Choice {
    std::size_t index;
    Value value_before;
    std::size_t first_before;
  };

  // The first operation from `next` on that may come now, and leads to where the search has not been.
  std::optional<std::size_t> candidate(std::size_t next, Value value) {
    std::uint64_t earliest_answer = never;
    for (std::size_t i = first_; i < operations_.size(); ++i) {
      if (operations_[i].invoked > earliest_answer) break;
      if (!done_[i]) earliest_answer = std::min(earliest_answer, operations_[i].answered);
    }
    for (std::size_t i = next; i < operations_.size(); ++i) {
      if (operations_[i].invoked > earliest_answer) break;
      if (done_[i]) continue;
      Value after = value;
      if (step(operations_[i], after) && visited_.insert({mark_ ^ marks_[i], after}).second) return i;
    }
    return std::nullopt;
  }

  void take(std::size_t i, Value& value) {
    (void)step(operations_[i], value);
    done_[i] = true;
    mark_ ^= marks_[i];
    if (operations_[i].answered != never) --owed_;
    while (first_ < operations_.size() && done_[first_]) ++first_;
  }

  void give_back(const Choice& choice) {
    done_[choice.index] = false;
    mark_ ^= marks_[choice.index];
    if (operations_[choice.index].answered != never) ++owed_;
    first_ = choice.first_before;
  }

  std::vector<Recorded> operations_;
  std::vector<bool> done_;
  std::size_t first_ = 0;  // all operations before it are done
  std::size_t owed_ = 0;   // answered operations that are not done
  std::vector<std::uint64_t> marks_;
  std::uint64_t mark_ = 0;                            // of the set of operations that are done
  std::unordered_set<Visited, VisitedHash> visited_;  // never iterated
  std::uint64_t steps_ = 0;
};

}  // namespace

Verdict check_linearizable(const std::vector<Recorded>& operations, std::uint64_t steps_max) {
  return Search(relevant(operations)).run(steps_max);
}

}  // namespace vow::sim
