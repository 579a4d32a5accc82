#include "tests/sim/cell/process.h"

#include <utility>

namespace vow::sim::cell {

void Process::start() {
  if (state_ != State::down) return;
  state_ = State::running;
  ++life_;
  world_.trace.line("{} starts", name_);
  started();
}

void Process::crash() {
  if (state_ == State::down) return;
  world_.trace.line("{} crashes", name_);
  ++world_.counters.crashes;
  state_ = State::down;
  ++life_;
  held_.clear();
  crashed();
}

void Process::pause() {
  if (state_ != State::running) return;
  world_.trace.line("{} is paused", name_);
  state_ = State::paused;
}

void Process::resume() {
  if (state_ != State::paused) return;
  world_.trace.line("{} goes on", name_);
  state_ = State::running;
  for (const auto& each : std::exchange(held_, {})) each();
}

void Process::receive(std::function<void()> what) {
  if (state_ == State::running) return what();
  if (state_ == State::paused) held_.push_back(mine(std::move(what)));
}

std::function<void()> Process::mine(std::function<void()> what) {
  return [this, life = life_, what = std::move(what)] {
    if (life == life_) receive(what);
  };
}

}  // namespace vow::sim::cell
