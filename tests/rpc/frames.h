// Frames of calls, for who sends them by hand.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/rpc/caller.h"
#include "thrift/gen/client/Coordinator.h"

namespace vow::rpc {

inline std::string a_ping(std::int32_t seqid = 1) {
  CallFrame& frame = CallFrame::encode("ping", wire::Coordinator_ping_pargs());
  frame.set_seqid(seqid);
  return std::string(frame.bytes());
}

inline std::string a_poll(std::int32_t seqid = 1, std::int64_t session = 0) {
  wire::Poll poll;
  poll.session = session;
  wire::Coordinator_poll_pargs args;
  args.poll = &poll;
  CallFrame& frame = CallFrame::encode("poll", args);
  frame.set_seqid(seqid);
  return std::string(frame.bytes());
}

inline std::string framed(const std::string& message) {
  std::string out;
  const std::size_t begin = begin_frame(out);
  out += message;
  end_frame(out, begin);
  return out;
}

// The length of a frame, and nothing of it.
inline std::string declared(std::uint32_t bytes) {
  std::string out(4, '\0');
  store_u32(out.data(), bytes);
  return out;
}

// A call of `method` whose arguments are these bytes.
inline std::string crafted_call(const std::string& method, const std::string& body) {
  struct Raw {
    const std::string& body;
    void write(apache::thrift::protocol::TProtocol* to) const {
      to->getTransport()->write(reinterpret_cast<const std::uint8_t*>(body.data()),
                                static_cast<std::uint32_t>(body.size()));
    }
  };
  return std::string(CallFrame::encode(method, Raw{body}).bytes());
}

// The head of a list of structs in field 1, and none of its elements.
inline std::string list_head(std::uint32_t elements) {
  using apache::thrift::protocol::T_LIST;
  using apache::thrift::protocol::T_STRUCT;
  return std::string{T_LIST, 0, 1, T_STRUCT} + declared(elements);
}

}  // namespace vow::rpc
