// How a client calls, whatever carries the calls: Channel (many at once, from any thread) or BlockingChannel
// (one after another, on the caller's thread).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "coordinator/rpc/message.h"

namespace vow::rpc {

// Why a call has no answer.
struct CallFailure {
  enum class Kind : std::uint8_t {
    // Certain: it was not carried out.
    unsent,   // it never left this process
    refused,  // the server does not know the call
    // It may have been carried out.
    unanswered,  // the deadline passed, or the connection broke
    garbled,     // what came back was no answer
  };
  Kind kind = Kind::unsent;
  std::string what;
};
[[nodiscard]] std::string_view name(CallFailure::Kind kind);

using CallTimeout = std::chrono::milliseconds;

// A call's frame, encoded but for the seqid, which whoever sends it fills in.
class CallFrame {
 public:
  // On this thread's own frame, which the next call of this function fills again.
  template <class Args>
  [[nodiscard]] static CallFrame& encode(std::string_view method, const Args& args) {
    CallFrame& frame = of_this_thread();
    frame.bytes_.clear();
    const std::size_t begin = begin_frame(frame.bytes_);
    frame.writer_.write(frame.bytes_, apache::thrift::protocol::T_CALL, method, 0, args);
    end_frame(frame.bytes_, begin);
    frame.seqid_at_ = begin + frame_header_bytes + 8 + method.size();
    return frame;
  }
  void set_seqid(std::int32_t seqid) {
    store_u32(bytes_.data() + seqid_at_, static_cast<std::uint32_t>(seqid));
  }
  [[nodiscard]] std::string_view bytes() const { return bytes_; }
  // Behind the frame's length, the version and its own length; before the seqid.
  [[nodiscard]] std::string_view method() const {
    constexpr std::size_t at = frame_header_bytes + 8;
    return bytes().substr(at, seqid_at_ - at);
  }
  [[nodiscard]] std::size_t seqid_at() const { return seqid_at_; }

 private:
  static CallFrame& of_this_thread();

  MessageWriter writer_;
  std::string bytes_;
  std::size_t seqid_at_ = 0;
};

// An answer, to be read before the callback returns; or why there is none.
struct CallOutcome {
  MessageReader* answer = nullptr;
  const CallFailure* failure = nullptr;
};
using CallDone = std::function<void(const CallOutcome&)>;

class Caller {
 public:
  virtual ~Caller() = default;
  // Calls `done` exactly once, at the latest when `timeout` has passed; perhaps before it returns, perhaps on
  // another thread.
  virtual void call(CallFrame& frame, CallTimeout timeout, CallDone done) = 0;
  // The same, and returns after that.
  virtual void call_and_wait(CallFrame& frame, CallTimeout timeout, const CallDone& done) = 0;
};

// Reads the head of an answer: whether it is one, and to which call. None: the stream is not to be trusted.
struct AnswerHead {
  std::int32_t seqid = 0;
  bool is_exception = false;
};
[[nodiscard]] std::optional<AnswerHead> read_answer_head(MessageReader& reader, Bytes message);
// Tells `done` what the message behind the head says.
void give_answer(MessageReader& reader, const AnswerHead& head, const CallDone& done);

}  // namespace vow::rpc
