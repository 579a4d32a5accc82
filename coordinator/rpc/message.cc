#include "coordinator/rpc/message.h"

#include <algorithm>

namespace vow::rpc {

namespace protocol = apache::thrift::protocol;
using apache::thrift::transport::TTransportException;

namespace {

constexpr std::uint32_t version_1 = 0x80010000u;
constexpr std::size_t head_bytes_min = 12;  // version and type, length of the name, seqid

}  // namespace

FrameInput::FrameInput() { setReadBuffer(nullptr, 0); }

void FrameInput::reset(Bytes message) {
  // Thrift reads from what it may also write to; nothing is written here.
  setReadBuffer(const_cast<std::uint8_t*>(message.data()), static_cast<std::uint32_t>(message.size()));
  // Otherwise what one input ever gave would be held against its limit for one message.
  resetConsumedMessageSize();
}

std::uint32_t FrameInput::readSlow(std::uint8_t*, std::uint32_t) {
  throw TTransportException(TTransportException::END_OF_FILE, "it ends too early");
}

void FrameInput::writeSlow(const std::uint8_t*, std::uint32_t) {
  throw TTransportException(TTransportException::NOT_OPEN, "an input is not written to");
}

const std::uint8_t* FrameInput::borrowSlow(std::uint8_t*, std::uint32_t*) {
  throw TTransportException(TTransportException::END_OF_FILE, "it ends too early");
}

MessageReader::MessageReader(const MessageLimits& limits)
    : limits_(limits),
      input_(std::make_shared<FrameInput>()),
      protocol_(std::make_shared<protocol::TBinaryProtocolT<FrameInput>>(input_)) {
  protocol_->setStringSizeLimit(static_cast<std::int32_t>(limits.string_bytes_max));
}

std::optional<MessageReader::Head> MessageReader::begin(Bytes message) {
  if (message.size() < head_bytes_min) return std::nullopt;
  const std::uint32_t first = load_u32(message.data());
  if ((first & 0xffff0000u) != version_1) return std::nullopt;
  const std::uint32_t name_bytes = load_u32(message.data() + 4);
  if (name_bytes > message.size() - head_bytes_min) return std::nullopt;
  Head head;
  head.type = static_cast<protocol::TMessageType>(first & 0xff);
  head.name = {reinterpret_cast<const char*>(message.data() + 8), name_bytes};
  head.seqid = static_cast<std::int32_t>(load_u32(message.data() + 8 + name_bytes));
  reset(message.subspan(head_bytes_min + name_bytes));
  return head;
}

std::shared_ptr<protocol::TProtocol> MessageReader::whole(Bytes message) {
  reset(message);
  return protocol_;
}

void MessageReader::reset(Bytes bytes) {
  input_->reset(bytes);
  // An element takes a byte at least, so a small frame cannot make its reader allocate much.
  protocol_->setContainerSizeLimit(
      static_cast<std::int32_t>(std::clamp<std::size_t>(bytes.size(), 1, limits_.container_elements_max)));
}

MessageWriter::MessageWriter()
    : output_(std::make_shared<FrameOutput>()),
      protocol_(std::make_shared<protocol::TBinaryProtocolT<FrameOutput>>(output_)) {}

protocol::TProtocol* MessageWriter::begin(std::string& out, protocol::TMessageType type,
                                          std::string_view name, std::int32_t seqid) {
  char head[8];
  store_u32(head, version_1 | static_cast<std::uint32_t>(type));
  store_u32(head + 4, static_cast<std::uint32_t>(name.size()));
  out.append(head, sizeof head).append(name);
  store_u32(head, static_cast<std::uint32_t>(seqid));
  out.append(head, 4);
  output_->reset(out);
  return protocol_.get();
}

std::uint32_t load_u32(const std::uint8_t* from) {
  return std::uint32_t{from[0]} << 24 | std::uint32_t{from[1]} << 16 | std::uint32_t{from[2]} << 8 |
         std::uint32_t{from[3]};
}

void store_u32(char* to, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<char>(value >> (24 - 8 * i) & 0xff);
}

std::size_t begin_frame(std::string& out) {
  const std::size_t begin = out.size();
  out.append(frame_header_bytes, '\0');
  return begin;
}

void end_frame(std::string& out, std::size_t begin) {
  store_u32(out.data() + begin, static_cast<std::uint32_t>(out.size() - begin - frame_header_bytes));
}

}  // namespace vow::rpc
