#include "coordinator/raft/reads.h"

#include <algorithm>

namespace vow::raft {

bool Reads::begin_round() {
  if (waiting_.empty() || waiting_.back().round != 0) return false;
  ++round_;
  for (auto read = waiting_.rbegin(); read != waiting_.rend() && read->round == 0; ++read)
    read->round = round_;
  return true;
}

std::vector<ReadReady> Reads::confirmed(std::uint64_t round) {
  std::vector<ReadReady> ready;
  while (!waiting_.empty() && waiting_.front().round != 0 && waiting_.front().round <= round) {
    ready.push_back({waiting_.front().id, waiting_.front().index});
    waiting_.pop_front();
  }
  return ready;
}

std::vector<ReadId> Reads::drop_all() {
  std::vector<ReadId> dropped;
  for (const Waiting& read : waiting_) dropped.push_back(read.id);
  waiting_.clear();
  return dropped;
}

void Reads::raise_indices(Index first) {
  for (Waiting& read : waiting_) read.index = std::max(read.index, first);
}

}  // namespace vow::raft
