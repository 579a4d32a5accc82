#include "tests/sim/history.h"

#include <algorithm>

namespace vow::sim {

History::Id History::invoke(std::uint64_t client, const Operation& operation) {
  operations_.push_back({operation, client, next_position_++, 0, Ending::open});
  return operations_.size() - 1;
}

void History::done(Id id, const Operation& answer) {
  operations_[id].operation = answer;
  operations_[id].answered = next_position_++;
  operations_[id].ending = Ending::done;
}

std::map<Key, std::vector<Recorded>> History::by_key() const {
  std::map<Key, std::vector<Recorded>> keys;
  for (const Recorded& each : operations_) keys[each.operation.key].push_back(each);
  return keys;
}

std::uint64_t History::count(Ending ending) const {
  return static_cast<std::uint64_t>(std::count_if(operations_.begin(), operations_.end(),
                                                  [&](const Recorded& r) { return r.ending == ending; }));
}

}  // namespace vow::sim
