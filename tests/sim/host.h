// A computer with a node on it: its disks, which outlive its processes, and at most one process.
//
//            start                 pause
//   down ────────────▶ running ◀────────────▶ paused
//    ▲ ◀──────────────────│       resume         │
//    │   crash, disk failed                      │
//    └───────────────────────────────────────────┘
//    └──▶ lost   its disk is gone, or refused as damaged: this node never comes back
//
// A process is fed by events; each of them leads to a turn, a little later, in which all that came meanwhile
// is done together. A paused process gets nothing until it goes on, and then everything.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "coordinator/node/node.h"
#include "tests/sim/log_medium.h"
#include "tests/sim/machine_clock.h"
#include "tests/sim/network.h"
#include "tests/sim/observed_machine.h"
#include "tests/sim/program.h"
#include "tests/sim/safety_checker.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/world.h"

namespace vow::sim {

class Host final : private node::Transport {
 public:
  enum class State : std::uint8_t { down, running, paused, lost };
  enum class Start : std::uint8_t {
    done,
    later,    // it could not read or write its disk now
    refused,  // its disk is damaged
  };
  // What the hosts of a run share.
  struct Surroundings {
    World& world;
    Network& network;
    SafetyChecker& checker;
    Programs& programs;
  };
  // Called when the node has stopped by itself.
  using Stopped = std::function<void(const storage::Error& why)>;

  Host(Surroundings around, NodeId id, Promised& promised, Random random);

  // A new disk. With `founds` it is one of the cell's first.
  void format(const raft::Configuration& configuration, bool founds);
  [[nodiscard]] Start start();
  // In the middle of what the disk is doing, if it is doing something and chance will have it.
  void crash(Crash how);
  void pause();
  void resume();
  // Its disk is gone.
  void lose();
  void on_stopped(Stopped stopped) { stopped_ = std::move(stopped); }

  // Hands something to the process, at once or when it goes on. False if there is none.
  bool call(std::function<void(node::Node&)> what);

  // In percent of a true one.
  void set_clock_speed(std::uint64_t percent) { clock_percent_ = percent; }
  void jump_clock(std::uint32_t ticks);
  [[nodiscard]] MachineClock& clock() { return clock_; }
  void set_slowness(std::uint64_t factor);
  [[nodiscard]] LogMedium& log_medium() { return *log_medium_; }
  [[nodiscard]] testing::FaultyDisk& snapshot_disk() { return *snapshot_disk_; }
  // No more trouble with disks and clocks.
  void heal();
  bool flip_bit();
  void set_reads_fail();

  [[nodiscard]] NodeId id() const { return id_; }
  // Where its disk's first snapshot stands.
  [[nodiscard]] storage::LogPosition beginning() const { return beginning_; }
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool is_alive() const { return state_ == State::running || state_ == State::paused; }
  // A bit has flipped: it may refuse to start, or stop, at any time.
  [[nodiscard]] bool is_tainted() const { return tainted_; }
  // Whether this is how it would refuse files of which a bit has flipped.
  [[nodiscard]] bool is_explained_by_damage(const storage::Error& error) const;
  [[nodiscard]] const node::Node* node() const { return node_.get(); }
  [[nodiscard]] Program& program() { return *program_; }
  [[nodiscard]] bool leads() const;
  [[nodiscard]] bool is_at_snapshot() const { return disk_ && disk_->is_at_snapshot(); }
  // In the middle of a snapshot that comes in several pieces.
  [[nodiscard]] bool is_receiving() const { return receiving_; }
  [[nodiscard]] std::uint64_t disk_faults() const;
  [[nodiscard]] Time born() const { return born_; }

 private:
  void send(node::PeerMessage message) override;
  [[nodiscard]] Start boot();
  [[nodiscard]] ObservedMachine::Observers observers();
  void end_process();
  [[nodiscard]] Start consequence(const storage::Error& error);
  [[nodiscard]] bool keeps_promise(const LogImage& found);
  void input(std::function<void(node::Node&)> what);
  void feed(const std::function<void(node::Node&)>& what);
  void disk_event(node::DiskEvent event);
  void note_chunk(const node::PeerMessage& message);
  void schedule_turn();
  void schedule_tick();
  void turn();
  void look();
  [[nodiscard]] NodeView view() const { return {id_, life_, *node_, *program_}; }

  Surroundings around_;
  World& world_;
  const NodeId id_;
  Promised& promised_;
  Random random_;
  const Time born_;
  std::unique_ptr<LogMedium> log_medium_;
  std::unique_ptr<testing::FaultyDisk> snapshot_disk_;
  storage::LogPosition beginning_;
  Index promised_snapshot_;
  bool tainted_ = false;
  bool reads_fail_ = false;
  MachineClock clock_;
  std::uint64_t clock_percent_ = 100;
  std::uint64_t slowness_ = 1;
  Stopped stopped_;

  State state_ = State::down;
  std::uint64_t life_ = 0;
  std::unique_ptr<ImagedLogStore> log_;
  std::unique_ptr<storage::SnapshotStore> snapshots_;
  std::unique_ptr<SimDisk> disk_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<ObservedMachine> machine_;
  std::unique_ptr<node::Node> node_;
  bool turn_scheduled_ = false;
  std::uint64_t looks_ = 0;
  bool log_refused_ = false;
  std::deque<std::function<void(node::Node&)>> held_;                  // while paused
  std::optional<std::pair<std::uint64_t, std::uint64_t>> last_chunk_;  // digest, and life
  bool receiving_ = false;
};

}  // namespace vow::sim
