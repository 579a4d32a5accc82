// One Thrift message in a frame: reading it within limits, and writing it.
//
//   frame    length (4 bytes, big-endian), then that many bytes: the message
//   message  0x8001, 0, type; name; seqid; then a struct of arguments, a result or an exception
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <thrift/TApplicationException.h>
#include <thrift/protocol/TBinaryProtocol.h>
#include <thrift/transport/TBufferTransports.h>

namespace vow::rpc {

inline constexpr std::size_t frame_header_bytes = 4;

using Bytes = std::span<const std::uint8_t>;

struct MessageLimits {
  std::uint32_t string_bytes_max = 64u << 10;
  std::uint32_t container_elements_max = 10'000;
};

// Bytes in memory that somebody else keeps. Reading past their end throws, whatever was declared.
class FrameInput final
    : public apache::thrift::transport::TVirtualTransport<FrameInput,
                                                          apache::thrift::transport::TBufferBase> {
 public:
  FrameInput();
  void reset(Bytes message);
  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(rBound_ - rBase_); }

 protected:
  std::uint32_t readSlow(std::uint8_t* buf, std::uint32_t len) override;
  void writeSlow(const std::uint8_t* buf, std::uint32_t len) override;
  const std::uint8_t* borrowSlow(std::uint8_t* buf, std::uint32_t* len) override;
};

// Appends to a string.
class FrameOutput final : public apache::thrift::transport::TVirtualTransport<FrameOutput> {
 public:
  void reset(std::string& out) { out_ = &out; }
  void write(const std::uint8_t* buf, std::uint32_t len) {
    out_->append(reinterpret_cast<const char*>(buf), len);
  }

 private:
  std::string* out_ = nullptr;
};

// Reads one message after another, without allocating for any of them.
class MessageReader {
 public:
  explicit MessageReader(const MessageLimits& limits);

  struct Head {
    apache::thrift::protocol::TMessageType type = apache::thrift::protocol::T_CALL;
    std::string_view name;  // points into the message
    std::int32_t seqid = 0;
  };
  // Begins with `message`. None: it is no Thrift message.
  [[nodiscard]] std::optional<Head> begin(Bytes message);
  // `message` from its beginning, for who reads its head himself.
  [[nodiscard]] std::shared_ptr<apache::thrift::protocol::TProtocol> whole(Bytes message);
  // For the generated structs' read(). Throws TException on whatever is malformed or beyond a limit.
  [[nodiscard]] apache::thrift::protocol::TProtocol* body() { return protocol_.get(); }
  // Reads `object` and checks that nothing follows. What is wrong; empty: nothing.
  template <class Struct>
  [[nodiscard]] std::string read(Struct& object) {
    try {
      object.read(protocol_.get());
      if (input_->left() > 0) return "bytes follow its end";
    } catch (const apache::thrift::transport::TTransportException&) {
      return "it ends too early, or declares more than it holds";
    } catch (const apache::thrift::TException& e) {
      return e.what();
    }
    return {};
  }

 private:
  void reset(Bytes bytes);

  const MessageLimits limits_;
  const std::shared_ptr<FrameInput> input_;
  const std::shared_ptr<apache::thrift::protocol::TBinaryProtocolT<FrameInput>> protocol_;
};

// Appends messages to strings.
class MessageWriter {
 public:
  MessageWriter();

  template <class Struct>
  void write(std::string& out, apache::thrift::protocol::TMessageType type, std::string_view name,
             std::int32_t seqid, const Struct& body) {
    body.write(begin(out, type, name, seqid));
  }

 private:
  apache::thrift::protocol::TProtocol* begin(std::string& out, apache::thrift::protocol::TMessageType type,
                                             std::string_view name, std::int32_t seqid);

  const std::shared_ptr<FrameOutput> output_;
  const std::shared_ptr<apache::thrift::protocol::TBinaryProtocolT<FrameOutput>> protocol_;
};

// Big-endian, as Thrift has all numbers.
[[nodiscard]] std::uint32_t load_u32(const std::uint8_t* from);
void store_u32(char* to, std::uint32_t value);

// Room for a frame's length at the end of `out`; end_frame() fills it in.
[[nodiscard]] std::size_t begin_frame(std::string& out);
void end_frame(std::string& out, std::size_t begin);

}  // namespace vow::rpc
