// The four roles, each with just what it needs to remember.
//
//                    nothing heard              a quorum would vote            elected
//   follower ──────────────────────▶ pre_candidate ─────────────▶ candidate ──────────────▶ leader
//    ▲  ▲  │     for a while                │                      │                          │
//    │  │  └── TimeoutNow (transfer) ───────│─────────────────────▶│                          │
//    │  └───────────────────────────────────┘                      │                          │
//    │        a leader or a higher term is heard of                │                          │
//    └─────────────────────────────────────────────────────────────┘                          │
//    └────────────────────────────────────────────────────────────────────────────────────────┘
//             a higher term, no quorum heard, disk full, or voted out
//
// A pre_candidate and a candidate that fail begin again as pre_candidate after a random time. A node stands
// for election if it is a voter of a configuration that may be in force: the newest committed one, or any
// after it.
#pragma once

#include <map>
#include <optional>

#include "coordinator/raft/output.h"
#include "coordinator/raft/progress.h"
#include "coordinator/raft/reads.h"

namespace vow::raft {

struct Follower {
  NodeId leader;  // 0: not known
};

// Asks whether an election could be won, without disturbing anyone's term.
struct PreCandidate {
  std::map<NodeId, bool> votes;
};

// In a new term, voted for itself.
struct Candidate {
  std::map<NodeId, bool> votes;
  // Its own vote counts once this write is durable.
  PersistSeq own_vote;
};

struct Transfer {
  NodeId to;
  std::uint32_t ticks = 0;
  bool told = false;  // it has been asked to stand for election
};

struct Leader {
  std::map<NodeId, Progress> followers;  // all other members
  Reads reads;
  std::optional<Transfer> transfer;
  // The empty entry with which this leadership began. Until it is committed nothing is known for certain.
  Index first;
  std::size_t uncommitted_bytes = 0;
  std::uint32_t ticks_since_heartbeat = 0;
  std::uint32_t ticks_since_quorum_check = 0;
};

}  // namespace vow::raft
