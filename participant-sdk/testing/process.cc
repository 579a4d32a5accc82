#include "participant-sdk/testing/process.h"

#include "participant-sdk/testing/wire.h"

namespace vow::testing {
namespace {

// Calls end by themselves before that.
constexpr std::chrono::seconds arrival_patience{30};

}  // namespace

void Process::begin(sdk::Probed& client) {
  client_ = &client;
  stage_->add(client);
}

void Process::end() { stage_->remove(*client_); }

void Process::check_alive() {
  const std::lock_guard lock(mutex_);
  if (life_ != Life::alive) throw crashed{name_, died_at_};
}

void Process::reached(step at, sdk::Edge edge, const std::string& resource) {
  check_alive();
  if (!stage_->faults().strikes(name_, at, edge, resource)) return;
  std::unique_lock lock(mutex_);
  if (life_ == Life::alive) {
    life_ = Life::dying;
    died_at_ = at;
    changed_.wait_for(lock, arrival_patience, [&] { return on_their_way_ == 0; });
    life_ = Life::dead;
  }
  throw crashed{name_, died_at_};
}

std::unique_ptr<sdk::Gate> Process::before(rpc::Caller& to) {
  return std::make_unique<Wire>(shared_from_this(), to);
}

bool Process::sends() {
  const std::lock_guard lock(mutex_);
  if (life_ == Life::dead) return false;
  ++on_their_way_;
  return true;
}

void Process::arrived() {
  const std::lock_guard lock(mutex_);
  --on_their_way_;
  changed_.notify_all();
}

bool Process::is_dead() const {
  const std::lock_guard lock(mutex_);
  return life_ == Life::dead;
}

}  // namespace vow::testing
