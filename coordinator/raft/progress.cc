#include "coordinator/raft/progress.h"

#include <algorithm>
#include <utility>

#include "coordinator/base/check.h"
#include "coordinator/base/limits.h"

namespace vow::raft {

bool Progress::may_send() const {
  switch (state_) {
    case State::probe:
      return !probe_sent_;
    case State::replicate:
      return flights_.size() < limits::flight_messages_max && flight_bytes_ < limits::flight_bytes_max;
    case State::snapshot:
      return false;
  }
  return false;
}

void Progress::sent(Index last, std::size_t bytes) {
  if (state_ == State::probe) {
    probe_sent_ = true;
    return;
  }
  VOW_CHECK(last >= next_, "sent up to {} although next is {}", last.value(), next_.value());
  next_ = last.next();
  flights_.push_back({last, bytes});
  flight_bytes_ += bytes;
}

bool Progress::acknowledged(Index index) {
  const bool news = index > match_;
  match_ = std::max(match_, index);
  next_ = std::max(next_, match_.next());
  while (!flights_.empty() && flights_.front().last <= match_) {
    flight_bytes_ -= flights_.front().bytes;
    flights_.pop_front();
  }
  if (state_ == State::probe && index.next() >= next_) {
    state_ = State::replicate;
    next_ = match_.next();
  } else if (state_ == State::snapshot && news) {
    state_ = State::replicate;
    next_ = match_.next();
  }
  lost_data = lost_data && !news;
  return news;
}

bool Progress::rejected(Index prev, Index possible_agreement) {
  switch (state_) {
    case State::replicate:
      // Older than an acknowledgement that came since.
      if (prev <= match_) return false;
      probe_from(match_.next());
      return true;
    case State::probe:
      if (prev != next_.prev()) return false;
      if (prev <= match_) {
        lost_data = lost_data || possible_agreement < match_;
        return false;
      }
      probe_from(std::max(match_.next(), std::min(prev, possible_agreement.next())));
      return true;
    case State::snapshot:
      return false;
  }
  return false;
}

bool Progress::answered_beat() {
  if (beat_unanswered_) probe_sent_ = false;
  return std::exchange(beat_unanswered_, false);
}

void Progress::begin_snapshot() {
  state_ = State::snapshot;
  flights_.clear();
  flight_bytes_ = 0;
}

void Progress::snapshot_sent(Index at) {
  if (state_ == State::snapshot) probe_from(std::max(match_.next(), at.next()));
}

void Progress::snapshot_failed() {
  if (state_ == State::snapshot) probe_from(match_.next());
}

void Progress::probe_from(Index next) {
  state_ = State::probe;
  next_ = next;
  probe_sent_ = false;
  flights_.clear();
  flight_bytes_ = 0;
}

void Progress::check_invariants() const {
  VOW_CHECK(match_ < next_, "match {} next {}", match_.value(), next_.value());
  VOW_CHECK(state_ == State::replicate || flights_.empty(), "appends in flight outside replicate");
  VOW_CHECK(flights_.size() <= limits::flight_messages_max, "{} appends in flight", flights_.size());
}

}  // namespace vow::raft
