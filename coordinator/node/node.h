// One node: consensus, its disk, its peers and the replicated state, put together.
//
// Everything happens in turns. Between turns the node is fed: requests, messages, ticks, disk events. turn()
// then packs the waiting commands into one entry, takes the core's output and carries it out, in carry_out(),
// the one place where I/O is ordered:
//
//   1. send      what may leave now
//   2. persist   to the log lane; what hangs on it is sent when the disk reports it written
//   3. install   a received snapshot: nothing is applied until the machine is rebuilt from it
//   4. apply     what is committed, and answer those who proposed it; when leadership is lost, the rest is
//   unknown
//   5. answer    reads that are confirmed and whose index is applied
//   6. transfer  snapshots to followers that need one
//
// A disk that has no room makes the node step down and try again. A disk that fails stops it for good:
// stopped() says why, and nothing is sent or answered from then on.
//
// Not thread-safe: it belongs to one loop (runner.h), or to the simulator.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/node/disk.h"
#include "coordinator/node/snapshot_transfer.h"
#include "coordinator/node/state_machine.h"
#include "coordinator/node/transport.h"
#include "coordinator/raft/raft.h"

namespace vow::node {

struct Options {
  raft::Options raft;
  // A snapshot is due when this much was applied since the last one.
  std::uint64_t snapshot_entries = 100'000;
  std::size_t snapshot_bytes = 64u << 20;
  // Entries that stay in the log behind a snapshot, so that a slow follower need not be sent one.
  std::uint64_t log_keep_entries = 10'000;
  // How long a refused disk is left alone before the next try.
  std::uint32_t disk_retry_ticks = 10;
  // A snapshot's chunk that is not acknowledged for this long is sent again; after some tries the transfer
  // fails.
  std::uint32_t transfer_retry_ticks = 10;
};

enum class Outcome : std::uint8_t {
  done,     // committed and applied
  refused,  // certainly not done, and it never will be
  unknown,  // it may have happened, or may yet
};

struct CommandResult {
  Outcome outcome = Outcome::unknown;
  std::string answer;                    // done: the state machine's
  storage::LogPosition at;               // done: where in the log
  std::optional<raft::Refusal> refusal;  // refused: why
};
using CommandDone = std::function<void(const CommandResult&)>;
// Called with nothing when the state may be read, at once, within the call; with a refusal otherwise.
using ReadDone = std::function<void(std::optional<raft::Refusal>)>;

class Node {
 public:
  struct Ports {
    Transport& transport;
    Disk& disk;
    StateMachine& machine;
  };

  Node(const Options& options, raft::Restored restored, Ports ports, Random random);

  // Inputs. None does any work that is not bounded; none answers before it returns, but for refusals.
  void tick();
  void receive(const PeerMessage& message);
  void disk_event(DiskEvent event);
  void submit(Payload command, CommandDone done);
  void read(ReadDone done);
  // Answered once the change has begun to take effect: its first entry is committed.
  void change_membership(const raft::Membership& wanted, CommandDone done);
  [[nodiscard]] Result<void, raft::Refusal> transfer_leadership(NodeId to);

  // Works until nothing is left to do but wait.
  void turn();

  // Why the node stopped; none while it runs.
  [[nodiscard]] const std::optional<storage::Error>& stopped() const { return stopped_; }
  [[nodiscard]] const raft::Raft& raft() const { return raft_; }
  [[nodiscard]] NodeId self() const { return options_.raft.self; }
  // The last entry whose effect the state machine holds.
  [[nodiscard]] storage::LogPosition applied() const { return applied_; }
  // Where the newest durable snapshot stands.
  [[nodiscard]] storage::LogPosition snapshot() const { return snapshot_; }
  void check_invariants() const;

 private:
  struct WaitingCommand {
    Payload command;
    CommandDone done;
  };
  // One entry that was proposed here, and those who wait for it.
  struct Proposed {
    storage::LogPosition at;
    std::vector<CommandDone> done;
  };
  struct ConfirmedRead {
    Index index;
    ReadDone done;
  };
  struct HeldReplies {
    raft::PersistSeq seq;
    std::vector<raft::Message> messages;
  };

  void propose_waiting();
  void carry_out(raft::Output output);
  void persist(raft::Persist persist);
  void apply_committed();
  void apply(const storage::Entry& entry);
  void apply_commands(const storage::Entry& entry);
  void answer_reads();
  void leadership_changed(const raft::Leadership& now);
  void consider_snapshot();
  void stop(storage::Error error);

  void transfer_snapshots(SnapshotSender::Todo todo);
  void receive(const raft::Message& message);
  void receive(const SnapshotChunk& chunk);
  void receive(const SnapshotAck& ack);

  void on(const LogWritten& event);
  void on(const LogRefused& event);
  void on(const DiskFailed& event);
  void on(const SnapshotSaved& event);
  void on(SnapshotLoaded event);
  void on(const SnapshotRead& event);
  void on(const SnapshotStored& event);

  const Options options_;
  Ports ports_;
  storage::LogPosition applied_;
  storage::LogPosition snapshot_;
  raft::Raft raft_;
  SnapshotSender snapshot_sender_;
  std::optional<storage::Error> stopped_;

  std::vector<WaitingCommand> waiting_commands_;
  std::deque<Proposed> proposed_;
  std::size_t proposed_commands_ = 0;
  std::map<raft::ReadId, ReadDone> unconfirmed_reads_;
  std::deque<ConfirmedRead> confirmed_reads_;
  raft::ReadId next_read_ = 1;
  std::deque<HeldReplies> held_replies_;

  std::deque<storage::Entry> to_apply_;
  std::size_t loads_ = 0;  // snapshots being loaded; nothing is applied meanwhile

  bool saving_ = false;
  std::uint64_t entries_since_snapshot_ = 0;
  std::size_t bytes_since_snapshot_ = 0;
  std::uint32_t no_snapshot_for_ticks_ = 0;  // after one for which there was no room
  std::size_t chunks_being_stored_ = 0;
  std::optional<std::uint32_t> refused_for_ticks_;  // set while the disk has no room
};

}  // namespace vow::node
