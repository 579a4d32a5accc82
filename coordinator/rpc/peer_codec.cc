#include "coordinator/rpc/peer_codec.h"

#include <utility>

#include "coordinator/base/checksum.h"
#include "coordinator/rpc/peer_fields.h"

namespace vow::rpc {
namespace {

using node::PeerMessage;
using node::SnapshotAck;
using node::SnapshotChunk;

constexpr std::uint8_t frame_version = 1;
constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t message_overhead_bytes = 4 + 1 + checksum_bytes;
constexpr std::size_t entry_overhead_bytes = 8 + 1 + 4;

// What peer_fields() calls: writing fields, reading them, and adding up their sizes.

struct Write {
  ByteWriter& out;
  void operator()(const std::uint64_t& v) { out.u64(v); }
  void operator()(const std::uint32_t& v) { out.u32(v); }
  void operator()(const bool& v) { out.u8(v ? 1 : 0); }
  void operator()(const Payload& v) { out.bytes(v.view()); }
  template <class K>
  void operator()(const Number<K>& v) {
    out.u64(v.value());
  }
  void entries(const raft::Append& append) {
    out.u32(static_cast<std::uint32_t>(append.entries.size()));
    Index expected = append.prev.index;
    for (const raft::Entry& entry : append.entries) {
      expected = expected.next();
      VOW_CHECK(entry.index == expected, "entry {} of an append stands where {} should", entry.index.value(),
                expected.value());
      out.u64(entry.term.value());
      out.u8(static_cast<std::uint8_t>(entry.kind));
      out.bytes(entry.payload.view());
    }
  }
};

struct Read {
  ByteReader& in;
  bool valid = true;
  void operator()(std::uint64_t& v) { v = in.u64(); }
  void operator()(std::uint32_t& v) { v = in.u32(); }
  void operator()(bool& v) {
    const std::uint8_t byte = in.u8();
    valid = valid && byte <= 1;
    v = byte == 1;
  }
  void operator()(Payload& v) { v = Payload(std::string(in.bytes())); }
  template <class K>
  void operator()(Number<K>& v) {
    v = Number<K>(in.u64());
  }
  void entries(raft::Append& append) {
    const std::uint32_t count = in.u32();
    // Before anything is reserved for them: so many must at least be able to be there.
    if (count > in.left() / entry_overhead_bytes) {
      valid = false;
      return;
    }
    append.entries.reserve(count);
    Index index = append.prev.index;
    for (std::uint32_t i = 0; i < count; ++i) {
      index = index.next();
      raft::Entry entry{.index = index, .term = Term(in.u64()), .payload = {}};
      const std::uint8_t kind = in.u8();
      valid = valid && kind >= static_cast<std::uint8_t>(raft::EntryKind::empty) &&
              kind <= static_cast<std::uint8_t>(raft::EntryKind::configuration);
      entry.kind = static_cast<raft::EntryKind>(kind);
      entry.payload = Payload(std::string(in.bytes()));
      append.entries.push_back(std::move(entry));
    }
  }
};

struct Measure {
  std::size_t size = 0;
  void operator()(const std::uint64_t&) { size += 8; }
  void operator()(const std::uint32_t&) { size += 4; }
  void operator()(const bool&) { size += 1; }
  void operator()(const Payload& v) { size += 4 + v.size(); }
  template <class K>
  void operator()(const Number<K>&) {
    size += 8;
  }
  void entries(const raft::Append& append) {
    size += 4;
    for (const raft::Entry& entry : append.entries) size += entry_overhead_bytes + entry.payload.size();
  }
};

// Calls `use(kind, term, fields)` for what the message holds beside its nodes.
template <class Use>
void with_body(const PeerMessage& message, Use use) {
  if (const auto* m = std::get_if<raft::Message>(&message)) {
    std::visit([&](const auto& body) { use(peer_kind_of<std::decay_t<decltype(body)>>(), m->term, body); },
               m->body);
  } else if (const auto* chunk = std::get_if<SnapshotChunk>(&message)) {
    use(PeerKind::snapshot_chunk, chunk->term, *chunk);
  } else {
    const auto& ack = std::get<SnapshotAck>(message);
    use(PeerKind::snapshot_ack, ack.term, ack);
  }
}

template <class T>
std::optional<PeerMessage> read_as(ByteReader& in, const FrameHeader& header) {
  Read read{in};
  const Term term(in.u64());
  T body;
  peer_fields(read, body);
  if (!read.valid || !in.at_end()) return std::nullopt;
  if constexpr (std::is_same_v<T, SnapshotChunk> || std::is_same_v<T, SnapshotAck>) {
    body.from = header.from;
    body.to = header.to;
    body.term = term;
    return body;
  } else {
    return raft::Message{header.from, header.to, term, std::move(body)};
  }
}

// None if the fields make no sense.
std::optional<PeerMessage> read_message(PeerKind kind, ByteReader in, const FrameHeader& header) {
  switch (kind) {
    case PeerKind::pre_vote_request:
      return read_as<raft::PreVoteRequest>(in, header);
    case PeerKind::pre_vote_reply:
      return read_as<raft::PreVoteReply>(in, header);
    case PeerKind::vote_request:
      return read_as<raft::VoteRequest>(in, header);
    case PeerKind::vote_reply:
      return read_as<raft::VoteReply>(in, header);
    case PeerKind::append:
      return read_as<raft::Append>(in, header);
    case PeerKind::append_reply:
      return read_as<raft::AppendReply>(in, header);
    case PeerKind::heartbeat:
      return read_as<raft::Heartbeat>(in, header);
    case PeerKind::heartbeat_reply:
      return read_as<raft::HeartbeatReply>(in, header);
    case PeerKind::timeout_now:
      return read_as<raft::TimeoutNow>(in, header);
    case PeerKind::snapshot_chunk:
      return read_as<SnapshotChunk>(in, header);
    case PeerKind::snapshot_ack:
      return read_as<SnapshotAck>(in, header);
  }
  return std::nullopt;
}

}  // namespace

std::size_t encoded_size(const PeerMessage& message) {
  Measure measure;
  with_body(message, [&](PeerKind, Term, const auto& body) { peer_fields(measure, body); });
  return message_overhead_bytes + 8 + measure.size;
}

FrameWriter::FrameWriter(const FrameHeader& header) : header_(header) {
  out_.u8(frame_version);
  out_.u64(header.cell.value());
  out_.u64(header.from.value());
  out_.u64(header.to.value());
  for (const std::string& address : {header.address, header.client_address, header.http_address}) {
    out_.bytes(address);
  }
  checksum_ = checksum(out_.view());
  out_.u64(checksum_);
}

void FrameWriter::add(const PeerMessage& message) {
  VOW_CHECK(node::sender(message) == header_.from && node::receiver(message) == header_.to,
            "a message from {} to {} in a frame from {} to {}", node::sender(message).value(),
            node::receiver(message).value(), header_.from.value(), header_.to.value());
  const std::size_t size = encoded_size(message);
  VOW_CHECK(size <= peer_message_bytes_max, "a message of {} bytes; at most {} travel", size,
            peer_message_bytes_max);
  const std::size_t begin = out_.view().size();
  out_.u32(static_cast<std::uint32_t>(size - message_overhead_bytes));
  with_body(message, [&](PeerKind kind, Term term, const auto& body) {
    out_.u8(static_cast<std::uint8_t>(kind));
    out_.u64(term.value());
    Write write{out_};
    peer_fields(write, body);
  });
  checksum_ = checksum(std::string_view(out_.view()).substr(begin), checksum_);
  out_.u64(checksum_);
  VOW_CHECK(out_.view().size() == begin + size, "a message of {} bytes was to have {}",
            out_.view().size() - begin, size);
  ++messages_;
}

Result<FrameReader, std::string> FrameReader::open(std::string_view frame) {
  ByteReader in(frame);
  const std::uint8_t version = in.u8();
  FrameHeader header;
  header.cell = CellId(in.u64());
  header.from = NodeId(in.u64());
  header.to = NodeId(in.u64());
  header.address = in.bytes();
  header.client_address = in.bytes();
  header.http_address = in.bytes();
  const std::size_t covered = frame.size() - in.left();
  const std::uint64_t expected = in.u64();
  if (!in.ok()) return Failure{fmt::format("a frame of {} bytes is too short for its header", frame.size())};
  if (expected != checksum(frame.substr(0, covered)))
    return Failure{std::string("the checksum of a frame's header differs")};
  if (version != frame_version)
    return Failure{fmt::format("a frame of version {}; this vow knows {}", version, frame_version)};
  return FrameReader(std::move(header), frame.substr(frame.size() - in.left()), expected);
}

std::optional<node::PeerMessage> FrameReader::next() {
  while (!damaged_ && !rest_.empty()) {
    damaged_ = true;  // until the opposite is proven
    ByteReader in(rest_);
    const std::size_t length = in.u32();
    if (length > peer_message_bytes_max || rest_.size() < message_overhead_bytes + length) break;
    const std::string_view covered = rest_.substr(0, message_overhead_bytes - checksum_bytes + length);
    const std::uint64_t expected = checksum(covered, checksum_);
    if (ByteReader(rest_.substr(covered.size())).u64() != expected) break;
    checksum_ = expected;
    rest_.remove_prefix(covered.size() + checksum_bytes);
    const std::uint8_t kind = in.u8();
    if (!is_known_peer_kind(kind)) {
      damaged_ = false;
      ++skipped_;
      continue;
    }
    auto message = read_message(static_cast<PeerKind>(kind), ByteReader(covered.substr(5)), header_);
    damaged_ = !message.has_value();
    return message;
  }
  return std::nullopt;
}

}  // namespace vow::rpc
