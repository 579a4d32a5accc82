// What peers' messages are made of: their kinds, and the fields of each, in their order on the wire.
#pragma once

#include <cstdint>
#include <type_traits>

#include "coordinator/node/transport.h"

namespace vow::rpc {

// Numbers are never reused.
enum class PeerKind : std::uint8_t {
  pre_vote_request = 1,
  pre_vote_reply = 2,
  vote_request = 3,
  vote_reply = 4,
  append = 5,
  append_reply = 6,
  heartbeat = 7,
  heartbeat_reply = 8,
  timeout_now = 9,
  snapshot_chunk = 10,
  snapshot_ack = 11,
};

[[nodiscard]] constexpr bool is_known_peer_kind(std::uint8_t kind) {
  return kind >= static_cast<std::uint8_t>(PeerKind::pre_vote_request) &&
         kind <= static_cast<std::uint8_t>(PeerKind::snapshot_ack);
}

template <class Body>
[[nodiscard]] constexpr PeerKind peer_kind_of() {
  if constexpr (std::is_same_v<Body, raft::PreVoteRequest>) return PeerKind::pre_vote_request;
  if constexpr (std::is_same_v<Body, raft::PreVoteReply>) return PeerKind::pre_vote_reply;
  if constexpr (std::is_same_v<Body, raft::VoteRequest>) return PeerKind::vote_request;
  if constexpr (std::is_same_v<Body, raft::VoteReply>) return PeerKind::vote_reply;
  if constexpr (std::is_same_v<Body, raft::Append>) return PeerKind::append;
  if constexpr (std::is_same_v<Body, raft::AppendReply>) return PeerKind::append_reply;
  if constexpr (std::is_same_v<Body, raft::Heartbeat>) return PeerKind::heartbeat;
  if constexpr (std::is_same_v<Body, raft::HeartbeatReply>) return PeerKind::heartbeat_reply;
  if constexpr (std::is_same_v<Body, raft::TimeoutNow>) return PeerKind::timeout_now;
  if constexpr (std::is_same_v<Body, node::SnapshotChunk>) return PeerKind::snapshot_chunk;
  if constexpr (std::is_same_v<Body, node::SnapshotAck>) return PeerKind::snapshot_ack;
}

// A body, or the same, const.
template <class M, class Body>
concept Is = std::is_same_v<std::remove_const_t<M>, Body>;

template <class V, Is<raft::LogPosition> M>
void peer_position(V& visit, M& m) {
  visit(m.index);
  visit(m.term);
}

// peer_fields() calls `visit` with each field of a body, but for its nodes and its term; and with the entries
// of an append all at once, as visit.entries(append).
template <class V, Is<raft::PreVoteRequest> M>
void peer_fields(V& visit, M& m) {
  visit(m.term_wanted);
  peer_position(visit, m.last);
}
template <class V, Is<raft::PreVoteReply> M>
void peer_fields(V& visit, M& m) {
  visit(m.term_wanted);
  visit(m.granted);
}
template <class V, Is<raft::VoteRequest> M>
void peer_fields(V& visit, M& m) {
  peer_position(visit, m.last);
  visit(m.by_transfer);
}
template <class V, Is<raft::VoteReply> M>
void peer_fields(V& visit, M& m) {
  visit(m.granted);
}
template <class V, Is<raft::Append> M>
void peer_fields(V& visit, M& m) {
  peer_position(visit, m.prev);
  visit(m.commit);
  visit.entries(m);
}
template <class V, Is<raft::AppendReply> M>
void peer_fields(V& visit, M& m) {
  visit(m.accepted);
  visit(m.index);
  peer_position(visit, m.hint);
}
template <class V, Is<raft::Heartbeat> M>
void peer_fields(V& visit, M& m) {
  visit(m.commit);
  visit(m.round);
}
template <class V, Is<raft::HeartbeatReply> M>
void peer_fields(V& visit, M& m) {
  visit(m.round);
  visit(m.version);
}
template <class V, Is<raft::TimeoutNow> M>
void peer_fields(V&, M&) {}
template <class V, Is<storage::SnapshotId> M>
void peer_snapshot(V& visit, M& m) {
  peer_position(visit, m.at);
  visit(m.size);
  visit(m.digest);
}
template <class V, Is<node::SnapshotChunk> M>
void peer_fields(V& visit, M& m) {
  peer_snapshot(visit, m.id);
  visit(m.offset);
  visit(m.bytes);
}
template <class V, Is<node::SnapshotAck> M>
void peer_fields(V& visit, M& m) {
  peer_snapshot(visit, m.id);
  visit(m.offset);
  visit(m.installed);
}

}  // namespace vow::rpc
