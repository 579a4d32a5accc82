// A process that uses the cell: with memory that a crash empties, and with clocks of its computer.
//
//            start                 pause
//   down ────────────▶ running ◀────────────▶ paused
//    ▲                    │       resume         │
//    └──── crash ─────────┴──────────────────────┘
//
// What it asked for before a crash, and what others send to its former life, never reaches the next one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "tests/sim/cell/wire.h"
#include "tests/sim/machine_clock.h"

namespace vow::sim::cell {

class Process {
 public:
  Process(World& world, Wire& wire, NodeId id, std::string name, Random random)
      : world_(world),
        wire_(wire),
        random_(random),
        clock_(world, random_.below(1'000'000)),
        id_(id),
        name_(std::move(name)) {}
  virtual ~Process() = default;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void start();
  void crash();
  void pause();
  void resume();

  [[nodiscard]] bool is_running() const { return state_ == State::running; }
  [[nodiscard]] bool is_down() const { return state_ == State::down; }
  [[nodiscard]] NodeId id() const { return id_; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] MachineClock& clock() { return clock_; }

  // Something reaches the process; lost if it is down, kept if it is paused.
  void receive(std::function<void()> what);

 protected:
  // With an empty memory.
  virtual void started() = 0;
  // The memory is gone.
  virtual void crashed() = 0;

  // `what` as this life's: nothing in any other, later while it is paused.
  [[nodiscard]] std::function<void()> mine(std::function<void()> what);
  void after(Time delay, std::function<void()> what) { world_.clock.after(delay, mine(std::move(what))); }
  [[nodiscard]] std::uint64_t monotonic_ms() const { return clock_.now().monotonic_ms; }
  // Calls somebody. Exactly one of these happens, in this life: the answer, or none within the patience.
  // `request` runs at the receiver, once for each copy that arrives, and is handed how to answer.
  template <class Answer>
  void call(NodeId to, Time patience, std::function<void(std::function<void(Answer)>)> request,
            std::function<void(std::optional<Answer>)> done);

  World& world_;
  Wire& wire_;
  Random random_;
  MachineClock clock_;

 private:
  enum class State : std::uint8_t { down, running, paused };

  const NodeId id_;
  const std::string name_;
  State state_ = State::down;
  std::uint64_t life_ = 0;
  std::deque<std::function<void()>> held_;  // while paused
};

template <class Answer>
void Process::call(NodeId to, Time patience, std::function<void(std::function<void(Answer)>)> request,
                   std::function<void(std::optional<Answer>)> done) {
  const auto waiting = std::make_shared<std::function<void(std::optional<Answer>)>>(std::move(done));
  const auto end = [waiting](std::optional<Answer> answer) {
    const auto told = std::exchange(*waiting, nullptr);
    if (told) told(std::move(answer));
  };
  wire_.carry(id_, to, [this, to, life = life_, end, request = std::move(request)] {
    request([this, to, life, end](Answer answer) {
      wire_.carry(to, id_, [this, life, end, answer = std::move(answer)] {
        if (life == life_) receive([end, answer] { end(answer); });
      });
    });
  });
  after(patience, [end] { end(std::nullopt); });
}

}  // namespace vow::sim::cell
