// What a process of a host does while it runs: it is fed, takes turns, and is looked at.
#include <algorithm>
#include <utility>

#include "tests/sim/host.h"

namespace vow::sim {
namespace {

constexpr std::size_t held_max = 10'000;
// A program's invariants take long to look through: this often is enough to come close to what broke them.
constexpr std::uint64_t looks_between_checks = 16;

}  // namespace

bool Host::call(std::function<void(node::Node&)> what) {
  if (!is_alive()) return false;
  input(std::move(what));
  return true;
}

void Host::input(std::function<void(node::Node&)> what) {
  if (state_ == State::running) return feed(what);
  if (state_ == State::paused && held_.size() < held_max) held_.push_back(std::move(what));
}

void Host::feed(const std::function<void(node::Node&)>& what) {
  if (node_->stopped()) return;
  program_->wake(clock_.now());
  what(*node_);
  look();
  schedule_turn();
}

void Host::schedule_turn() {
  if (turn_scheduled_) return;
  turn_scheduled_ = true;
  world_.clock.after(random_.below(world_.options.turn_delay + 1), [this, life = life_] {
    if (life != life_) return;
    turn_scheduled_ = false;
    if (state_ == State::running)
      turn();
    else
      input([](node::Node&) {});
  });
}

void Host::turn() {
  program_->wake(clock_.now());
  const bool more = program_->turn(*node_);
  look();
  if (more) schedule_turn();
}

void Host::look() {
  if (!node_->stopped()) node_->check_invariants();
  if (!node_->stopped() && ++looks_ % looks_between_checks == 0) program_->check_invariants();
  around_.checker.look(view());
  if (!node_->stopped()) return;
  world_.trace.line("node {} stopped: {}", id_.value(), node_->stopped()->what);
  world_.clock.after(0, [this, life = life_, why = *node_->stopped()] {
    if (life == life_ && stopped_) stopped_(why);
  });
}

void Host::schedule_tick() {
  const Time next = world_.options.tick * 100 / clock_percent_;
  world_.clock.after(next, [this, life = life_] {
    if (life != life_) return;
    schedule_tick();
    if (state_ == State::running) feed([this](node::Node& node) { program_->tick(node); });
  });
}

void Host::jump_clock(std::uint32_t ticks) {
  if (state_ != State::running) return;
  world_.happened(Rare::clock_jump);
  world_.trace.line("node {}'s clock jumps by {} ticks", id_.value(), ticks);
  clock_.jump_monotonic(ticks * world_.options.tick);
  feed([this, ticks](node::Node& node) {
    for (std::uint32_t i = 0; i < ticks; ++i) program_->tick(node);
  });
}

void Host::disk_event(node::DiskEvent event) {
  if (std::holds_alternative<node::LogRefused>(event)) log_refused_ = true;
  if (std::holds_alternative<node::LogWritten>(event) && std::exchange(log_refused_, false))
    world_.happened(Rare::disk_full_recovered);
  if (const auto* saved = std::get_if<node::SnapshotSaved>(&event); saved != nullptr && saved->result)
    promised_snapshot_ = std::max(promised_snapshot_, saved->result->id.at.index);
  if (const auto* stored = std::get_if<node::SnapshotStored>(&event);
      stored != nullptr && stored->result && stored->result->installed) {
    promised_snapshot_ = std::max(promised_snapshot_, stored->result->installed->id.at.index);
    receiving_ = false;
  }
  const bool loads = std::holds_alternative<node::SnapshotLoaded>(event);
  auto shared = std::make_shared<node::DiskEvent>(std::move(event));
  input([this, shared, loads](node::Node& node) {
    const Index before = node.applied().index;
    node.disk_event(std::move(*shared));
    if (!loads || node.applied().index == before) return;
    ++world_.counters.snapshot_installs;
    world_.happened(Rare::snapshot_installed);
    world_.trace.line("node {} installed the snapshot at {}", id_.value(), raft::describe(node.snapshot()));
  });
}

void Host::note_chunk(const node::PeerMessage& message) {
  const auto* chunk = std::get_if<node::SnapshotChunk>(&message);
  if (chunk == nullptr) return;
  const bool known = last_chunk_ && last_chunk_->first == chunk->id.digest;
  if (known && last_chunk_->second != life_ && chunk->offset > 0) world_.happened(Rare::snapshot_resumed);
  receiving_ = receiving_ || chunk->offset > 0;
  if (!known || chunk->offset > 0) last_chunk_ = {chunk->id.digest, life_};
}

}  // namespace vow::sim
