// Raft's messages as bytes: a frame is one header and the messages of one node for one other.
//
//   header    version 1 byte, cell 8, from 8, to 8, the sender's three addresses (length 4, text, each),
//   checksum 8 message   length 4, kind 1, body, checksum 8     any number of them
//
// Numbers are little-endian. A message's checksum vouches for all of it and, by its seed, for everything in
// the frame before it: no flipped or cut byte is taken for a message, nor a message for one of another
// sender, receiver or cell. (TCP's own checksum misses one error in 65,536.)
//
// Numbers of kinds are never reused and a kind never changes its fields: what newer programs want to say
// differently is a kind of its own. A kind that is not known here is skipped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "coordinator/base/bytes.h"
#include "coordinator/base/result.h"
#include "coordinator/node/transport.h"

namespace vow::rpc {

// The longest message that is sent or accepted. Raft's appends hold about limits::append_bytes_max, or one
// entry.
inline constexpr std::size_t peer_message_bytes_max = 8u << 20;
// A frame is closed once it has this much, so it may grow larger by some messages, but never beyond its
// maximum.
inline constexpr std::size_t peer_frame_bytes = 1u << 20;
inline constexpr std::size_t peer_frame_bytes_max = peer_frame_bytes + 3 * peer_message_bytes_max;

// Every frame says between whom it believes to travel.
struct FrameHeader {
  CellId cell;
  NodeId from;
  NodeId to;
  std::string address;  // where the sender can be reached by peers; may be empty
  // Where it can be reached by clients and over HTTP; for those who look at its cell. May be empty.
  std::string client_address = {};
  std::string http_address = {};
  bool operator==(const FrameHeader&) const = default;
};

// What the message adds to a frame.
[[nodiscard]] std::size_t encoded_size(const node::PeerMessage& message);

class FrameWriter {
 public:
  explicit FrameWriter(const FrameHeader& header);
  // The message must be between the header's nodes, and its encoded_size() at most peer_message_bytes_max.
  void add(const node::PeerMessage& message);
  [[nodiscard]] std::size_t messages() const { return messages_; }
  [[nodiscard]] std::size_t size() const { return out_.view().size(); }
  [[nodiscard]] std::string take() { return out_.take(); }

 private:
  FrameHeader header_;
  ByteWriter out_;
  std::uint64_t checksum_ = 0;  // so far
  std::size_t messages_ = 0;
};

class FrameReader {
 public:
  // Fails with a sentence if this is not the beginning of a frame. `frame` must outlive the reader.
  [[nodiscard]] static Result<FrameReader, std::string> open(std::string_view frame);

  [[nodiscard]] const FrameHeader& header() const { return header_; }
  // The next message; none at the end, and where the rest of the frame is damaged.
  [[nodiscard]] std::optional<node::PeerMessage> next();
  [[nodiscard]] bool damaged() const { return damaged_; }
  // Messages of kinds that newer programs know.
  [[nodiscard]] std::size_t skipped() const { return skipped_; }

 private:
  FrameReader(FrameHeader header, std::string_view rest, std::uint64_t checksum)
      : header_(std::move(header)), rest_(rest), checksum_(checksum) {}

  FrameHeader header_;
  std::string_view rest_;
  std::uint64_t checksum_;
  bool damaged_ = false;
  std::size_t skipped_ = 0;
};

}  // namespace vow::rpc
