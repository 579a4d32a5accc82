// What nodes say to one another. Every message may be lost, delayed, reordered and duplicated.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "coordinator/base/ids.h"
#include "storage/entry.h"

namespace vow::raft {

using storage::Entry;
using storage::EntryKind;
using storage::HardState;
using storage::LogPosition;

// "Would you vote for me in `term_wanted`?" Changes nothing at the receiver (dissertation, 9.6).
struct PreVoteRequest {
  Term term_wanted;
  LogPosition last;
};
struct PreVoteReply {
  Term term_wanted;
  bool granted = false;
};

struct VoteRequest {
  LogPosition last;
  bool by_transfer = false;  // the leader asked for this election: its being alive is no reason to refuse
};
struct VoteReply {
  bool granted = false;
};

struct Append {
  LogPosition prev;  // the entry before `entries`
  std::vector<Entry> entries;
  Index commit;
};
struct AppendReply {
  bool accepted = false;
  Index index;       // accepted: durable here up to this. Rejected: the prev that did not match
  LogPosition hint;  // rejected: the last position at which the logs may agree
};

// Sent at every heartbeat and for every round of reads.
struct Heartbeat {
  Index commit;             // never beyond what the receiver has acknowledged
  std::uint64_t round = 0;  // of reads
};
struct HeartbeatReply {
  std::uint64_t round = 0;
  std::uint32_t version = 0;  // the newest record format this node understands
};

// "Stand for election now": leadership transfer (dissertation, 3.10).
struct TimeoutNow {};

struct Message {
  NodeId from;
  NodeId to;
  Term term;  // the sender's
  std::variant<PreVoteRequest, PreVoteReply, VoteRequest, VoteReply, Append, AppendReply, Heartbeat,
               HeartbeatReply, TimeoutNow>
      body;
};

// One line for traces.
[[nodiscard]] std::string describe(const Message& message);
[[nodiscard]] std::string describe(const LogPosition& position);

}  // namespace vow::raft
