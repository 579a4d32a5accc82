// One node's part in consensus. PURE: no I/O, clock, thread or randomness of its own; the same calls give the
// same outputs, in the product, in tests and in the simulator.
//
// Terms
//   committed  a quorum holds the entry durably, and it or an entry after it is of the leader's own term
//   (5.4.2).
//              It will never change.
//   durable    Raft::persisted() has said so. What merely was handed to the disk is not.
//   quorum     a majority of the voters; while the configuration is joint, of the old voters as well.
//
// Usage: feed it step(), tick() and requests; then take_output() and carry that out (coordinator/node).
// Outputs may be taken while earlier writes are still on their way to the disk: the leader's disk works while
// the followers' do.
//
// What makes it safe is in the types: votes and acknowledgements can only be produced as part of the write
// that they depend on (Persist::then_send).
//
// Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/base/payload.h"
#include "coordinator/base/random.h"
#include "coordinator/base/result.h"
#include "coordinator/raft/configuration.h"
#include "coordinator/raft/log.h"
#include "coordinator/raft/message.h"
#include "coordinator/raft/options.h"
#include "coordinator/raft/output.h"
#include "coordinator/raft/roles.h"

namespace vow::raft {

// Why a request was not taken. Nothing has happened, and nothing will.
enum class Refusal : std::uint8_t {
  not_leader,          // ask Leadership::leader
  transferring,        // leadership is on its way to another node: try again soon
  overloaded,          // too much is not committed yet: try again later
  not_ready,           // this leadership has committed nothing yet: try again soon
  change_in_progress,  // the previous membership change is not finished
  learner_behind,      // a new voter must first be a learner that has caught up
  invalid,             // no voters, a node both voter and learner, or too many members
  unchanged,           // it is so already
  unknown_node,        // not a voter of this cell
};
[[nodiscard]] const char* to_string(Refusal refusal);
[[nodiscard]] const char* to_string(Role role);

// What there is to see of a node.
struct FollowerStatus {
  NodeId node;
  Progress::State state = Progress::State::probe;
  Index match;
  Index next;
  bool active = false;
  bool lost_data = false;
};
struct Status {
  Leadership leadership;
  bool ready = false;  // leads, and has committed an entry of its own term
  Index commit;
  LogPosition base;
  LogPosition last;
  Index stable;
  Index handed_out;
  Configuration configuration;
  Index configuration_at;
  std::vector<FollowerStatus> followers;
};

class Raft {
 public:
  Raft(const Options& options, Restored restored, Random random);

  // Time has passed. The unit is the caller's; timeouts are counted in it.
  void tick();
  // A message from a peer.
  void step(const Message& message);

  // Appends commands to the log. They are committed if an entry of this term comes out at that index,
  // certainly not if another one does, and unknown until then.
  [[nodiscard]] Result<LogPosition, Refusal> propose(std::vector<Payload> commands);
  // Answered by Output::reads or Output::reads_failed.
  [[nodiscard]] Result<void, Refusal> read(ReadId id);
  // The returned entry's commitment means that the change has begun; it is finished when the configuration is
  // no longer joint.
  [[nodiscard]] Result<LogPosition, Refusal> change_membership(const Membership& wanted);
  [[nodiscard]] Result<void, Refusal> transfer_leadership(NodeId to);

  // All writes up to this one are durable.
  void persisted(PersistSeq seq);
  // The disk refuses writes for lack of room: step down and take nothing more on, until there is room again.
  void set_writable(bool writable);
  [[nodiscard]] bool is_writable() const { return writable_; }
  // A durable snapshot holds everything up to here: drop it from the log. It must have been handed out.
  void compact(Index upto);
  // A snapshot from this term's leader is received and durable. Output::install follows if it is news.
  void snapshot_received(NodeId from, Term term, LogPosition at, const Configuration& configuration);
  void snapshot_sent(NodeId to, Index at);
  void snapshot_failed(NodeId to);

  [[nodiscard]] Output take_output();

  [[nodiscard]] Status status() const;
  [[nodiscard]] Leadership leadership() const;
  [[nodiscard]] Term term() const { return hard_state_.term; }
  [[nodiscard]] Index commit() const { return commit_; }
  [[nodiscard]] const Configuration& configuration() const { return configurations_.back().second; }
  // As of `index`, which must have been handed out: what a snapshot at `index` holds.
  [[nodiscard]] const Configuration& configuration_at(Index index) const;
  [[nodiscard]] const Log& log() const { return log_; }
  void check_invariants() const;

 private:
  // raft.cc: dispatch
  void handle(const Message& m, const PreVoteRequest& request);
  void handle(const Message& m, const PreVoteReply& reply);
  void handle(const Message& m, const VoteRequest& request);
  void handle(const Message& m, const VoteReply& reply);
  void handle(const Message& m, const Append& append);
  void handle(const Message& m, const AppendReply& reply);
  void handle(const Message& m, const Heartbeat& heartbeat);
  void handle(const Message& m, const HeartbeatReply& reply);
  void handle(const Message& m, const TimeoutNow& now);
  bool settle_term(const Message& m);
  [[nodiscard]] bool hears_a_leader() const;

  // election.cc
  void become_follower(Term term, NodeId leader);
  void campaign();
  void become_pre_candidate();
  void become_candidate(bool by_transfer);
  void count_votes();
  void reset_election_timer();
  [[nodiscard]] bool may_stand() const;

  // follower.cc
  void follow(const Message& m);
  void take_entries(const Append& append);

  // leader.cc
  void become_leader();
  void tick_leader(Leader& leader);
  void append_own(EntryKind kind, Payload payload);
  void replicate_to_all();
  void replicate_to(NodeId to, Progress& progress, bool even_if_empty);
  void heartbeat_to_all();
  void maybe_commit();
  void on_commit_advanced(Index before);
  void confirm_reads();

  // membership.cc
  void enter_configuration(Index at, const Configuration& configuration);
  void leave_configurations_from(Index index);
  void propose_configuration(const Configuration& configuration);
  void continue_membership_change();
  void raise_version();
  [[nodiscard]] std::optional<Refusal> objection(const Membership& wanted) const;
  void hand_over(NodeId to);
  void hand_over_to_best();

  // output.cc
  void commit_to(Index index);
  void send(NodeId to, decltype(Message::body) body);
  void send_once_durable(NodeId to, decltype(Message::body) body);
  [[nodiscard]] PersistSeq next_seq() const { return next_seq_; }

  Leader* leading() { return std::get_if<Leader>(&role_); }
  [[nodiscard]] const Leader* leading() const { return std::get_if<Leader>(&role_); }

  const Options options_;
  Random random_;

  HardState hard_state_;
  Log log_;
  Index commit_;
  Index handed_out_;  // committed entries that left by take_output()
  std::variant<Follower, PreCandidate, Candidate, Leader> role_ = Follower{};
  // By the index of the entry, rising; the last is in force. The first is as of a committed index.
  std::deque<std::pair<Index, Configuration>> configurations_;
  bool writable_ = true;

  std::uint32_t ticks_ = 0;  // since a leader was heard of, or an election began
  std::uint32_t election_timeout_ = 0;

  // What the next output will hold.
  PersistSeq next_seq_{1};
  PersistSeq persisted_;
  HardState written_hard_state_;
  Output output_;
  std::vector<Message> then_send_;  // what hangs on its write
  Leadership reported_;
};

}  // namespace vow::raft
