// What the pure core asks of the world around it.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "coordinator/raft/message.h"
#include "storage/log_store.h"

namespace vow::raft {

// Disk writes are numbered. Raft::persisted(n) says that all up to n are durable.
using PersistSeq = Number<struct PersistSeqKind>;
// Chosen by whoever asks to read.
using ReadId = std::uint64_t;

// A write that must become durable, after all earlier ones. Its replies hang on it, so that they cannot be
// sent too early.
struct Persist {
  PersistSeq seq;
  storage::LogWrite write;
  std::vector<Message> then_send;
};

enum class Role : std::uint8_t { follower, pre_candidate, candidate, leader };

struct Leadership {
  Role role = Role::follower;
  Term term;
  NodeId leader;  // 0: not known
  bool operator==(const Leadership&) const = default;
};

struct ReadReady {
  ReadId id = 0;
  Index index;  // the read may be answered once this is applied
};

// Carry it out in the order of declaration; `send` may go first or last.
struct Output {
  std::vector<Message> send;
  std::optional<Persist> persist;
  // A received snapshot has replaced the state: load it before anything below is applied.
  std::optional<LogPosition> install;
  // To be applied, in order, each exactly once in the life of a process. Durable here.
  std::vector<Entry> committed;
  std::vector<ReadReady> reads;
  // These reads were not confirmed: leadership is lost. They did not happen.
  std::vector<ReadId> reads_failed;
  // These followers need entries that are compacted away: send them a snapshot, then call snapshot_sent or
  // snapshot_failed.
  std::vector<NodeId> snapshot_wanted;
  // Set when role, term or leader changed.
  std::optional<Leadership> leadership;

  [[nodiscard]] bool empty() const {
    return send.empty() && !persist && !install && committed.empty() && reads.empty() &&
           reads_failed.empty() && snapshot_wanted.empty() && !leadership;
  }
};

}  // namespace vow::raft
