// Random messages of every kind, and whether two are the same.
#pragma once

#include <string>

#include "coordinator/base/random.h"
#include "coordinator/node/transport.h"

namespace vow::rpc {

inline constexpr std::size_t message_kinds = 11;

inline std::string random_bytes(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

// Numbers of every size, the extremes among them.
inline std::uint64_t random_number(Random& random) {
  if (random.chance(0.1)) return random.chance(0.5) ? 0 : ~0ull;
  return random.next() >> random.below(64);
}

inline storage::LogPosition random_position(Random& random) {
  return {Index(random_number(random)), Term(random_number(random))};
}

inline raft::Append random_append(Random& random) {
  raft::Append append{.prev = {Index(random.next() >> 1), Term(random_number(random))},
                      .entries = {},
                      .commit = Index(random_number(random))};
  const std::size_t count = random.below(5);
  Index index = append.prev.index;
  for (std::size_t i = 0; i < count; ++i) {
    index = index.next();
    append.entries.push_back({.index = index,
                              .term = Term(random_number(random)),
                              .kind = static_cast<storage::EntryKind>(random.between(1, 3)),
                              .payload = Payload(random_bytes(random, random.below(40)))});
  }
  return append;
}

// `kind` from 0 to message_kinds - 1.
inline node::PeerMessage random_message(Random& random, std::size_t kind, NodeId from, NodeId to) {
  const Term term(random_number(random));
  const auto raft_message = [&](auto body) { return raft::Message{from, to, term, std::move(body)}; };
  switch (kind) {
    case 0:
      return raft_message(raft::PreVoteRequest{Term(random_number(random)), random_position(random)});
    case 1:
      return raft_message(raft::PreVoteReply{Term(random_number(random)), random.chance(0.5)});
    case 2:
      return raft_message(raft::VoteRequest{random_position(random), random.chance(0.5)});
    case 3:
      return raft_message(raft::VoteReply{random.chance(0.5)});
    case 4:
      return raft_message(random_append(random));
    case 5:
      return raft_message(
          raft::AppendReply{random.chance(0.5), Index(random_number(random)), random_position(random)});
    case 6:
      return raft_message(raft::Heartbeat{Index(random_number(random)), random_number(random)});
    case 7:
      return raft_message(
          raft::HeartbeatReply{random_number(random), static_cast<std::uint32_t>(random_number(random))});
    case 8:
      return raft_message(raft::TimeoutNow{});
    default:
      break;
  }
  const storage::SnapshotId id{random_position(random), random_number(random), random_number(random)};
  if (kind == 9)
    return node::SnapshotChunk{
        from, to, term, id, random_number(random), Payload(random_bytes(random, random.below(99)))};
  return node::SnapshotAck{from, to, term, id, random_number(random), random.chance(0.5)};
}

namespace equality {

inline bool equal(const raft::PreVoteRequest& x, const raft::PreVoteRequest& y) {
  return x.term_wanted == y.term_wanted && x.last == y.last;
}
inline bool equal(const raft::PreVoteReply& x, const raft::PreVoteReply& y) {
  return x.term_wanted == y.term_wanted && x.granted == y.granted;
}
inline bool equal(const raft::VoteRequest& x, const raft::VoteRequest& y) {
  return x.last == y.last && x.by_transfer == y.by_transfer;
}
inline bool equal(const raft::VoteReply& x, const raft::VoteReply& y) { return x.granted == y.granted; }
inline bool equal(const raft::Append& x, const raft::Append& y) {
  return x.prev == y.prev && x.entries == y.entries && x.commit == y.commit;
}
inline bool equal(const raft::AppendReply& x, const raft::AppendReply& y) {
  return x.accepted == y.accepted && x.index == y.index && x.hint == y.hint;
}
inline bool equal(const raft::Heartbeat& x, const raft::Heartbeat& y) {
  return x.commit == y.commit && x.round == y.round;
}
inline bool equal(const raft::HeartbeatReply& x, const raft::HeartbeatReply& y) {
  return x.round == y.round && x.version == y.version;
}
inline bool equal(const raft::TimeoutNow&, const raft::TimeoutNow&) { return true; }
inline bool equal(const raft::Message& x, const raft::Message& y) {
  if (x.term != y.term || x.body.index() != y.body.index()) return false;
  return std::visit(
      [&](const auto& body) { return equal(body, std::get<std::decay_t<decltype(body)>>(y.body)); }, x.body);
}
inline bool equal(const node::SnapshotChunk& x, const node::SnapshotChunk& y) {
  return x.term == y.term && x.id == y.id && x.offset == y.offset && x.bytes == y.bytes;
}
inline bool equal(const node::SnapshotAck& x, const node::SnapshotAck& y) {
  return x.term == y.term && x.id == y.id && x.offset == y.offset && x.installed == y.installed;
}

}  // namespace equality

inline bool same(const node::PeerMessage& x, const node::PeerMessage& y) {
  if (x.index() != y.index() || node::sender(x) != node::sender(y) || node::receiver(x) != node::receiver(y))
    return false;
  return std::visit(
      [&](const auto& message) {
        return equality::equal(message, std::get<std::decay_t<decltype(message)>>(y));
      },
      x);
}

}  // namespace vow::rpc
