#include "coordinator/http/shares.h"

#include "coordinator/base/check.h"

namespace vow::http {

Shares::Shares(const Options& options) : most_but_health_(options.threads_max - for_health) {
  most_[index(Kind::health)] = options.threads_max;
  most_[index(Kind::quick)] = most_but_health_;
  most_[index(Kind::waits)] = options.waits_max;
  most_[index(Kind::polls)] = options.polls_max;
}

std::optional<Shares::Held> Shares::take(Kind kind) {
  const std::lock_guard lock(mutex_);
  std::size_t but_health = 0;
  for (const Kind each : {Kind::quick, Kind::waits, Kind::polls}) but_health += taken_[index(each)];
  const bool is_full =
      taken_[index(kind)] >= most(kind) || (kind != Kind::health && but_health >= most_but_health_);
  if (is_full) return std::nullopt;
  ++taken_[index(kind)];
  return Held(*this, kind);
}

std::size_t Shares::taken(Kind kind) const {
  const std::lock_guard lock(mutex_);
  return taken_.at(index(kind));
}

void Shares::give_back(Kind kind) {
  const std::lock_guard lock(mutex_);
  VOW_CHECK(taken_[index(kind)] > 0, "a thread is given back that was not taken");
  --taken_[index(kind)];
}

}  // namespace vow::http
