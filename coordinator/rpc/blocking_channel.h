// Calls in one connection, one after another, on the caller's thread: nothing but a socket. For one thread
// alone. It connects when it is first called, and again after the connection broke.
#pragma once

#include <cstdint>
#include <string>

#include "coordinator/rpc/caller.h"
#include "coordinator/rpc/frame_cutter.h"
#include "coordinator/rpc/socket.h"

namespace vow::rpc {

struct BlockingChannelOptions {
  std::string host = "127.0.0.1";  // IPv4, IPv6 or a name
  std::uint16_t port = 0;
  MessageLimits limits{};
  std::uint32_t frame_bytes_max = 16u << 20;
};

class BlockingChannel final : public Caller {
 public:
  explicit BlockingChannel(const BlockingChannelOptions& options);

  // As call_and_wait().
  void call(CallFrame& frame, CallTimeout timeout, CallDone done) override {
    call_and_wait(frame, timeout, done);
  }
  void call_and_wait(CallFrame& frame, CallTimeout timeout, const CallDone& done) override;

 private:
  // Each returns why it failed; empty: it did not.
  [[nodiscard]] std::string connect(std::uint64_t deadline_ms);
  [[nodiscard]] std::string send(std::string_view bytes, std::uint64_t deadline_ms);
  // Reads until the answer is there; `is_done` says that `done` was told.
  [[nodiscard]] std::string receive(std::int32_t seqid, std::uint64_t deadline_ms, const CallDone& done,
                                    bool& is_done);
  [[nodiscard]] std::string wait_for(short what, std::uint64_t deadline_ms) const;
  void disconnect();

  const BlockingChannelOptions options_;
  Socket socket_;
  FrameCutter cutter_;
  MessageReader reader_;
  std::string buffer_;
  std::int32_t next_seqid_ = 1;
};

}  // namespace vow::rpc
