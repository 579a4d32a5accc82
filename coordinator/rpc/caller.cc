#include "coordinator/rpc/caller.h"

#include <fmt/format.h>

namespace vow::rpc {

namespace protocol = apache::thrift::protocol;
using apache::thrift::TApplicationException;

std::string_view name(CallFailure::Kind kind) {
  switch (kind) {
    case CallFailure::Kind::unsent:
      return "unsent";
    case CallFailure::Kind::refused:
      return "refused";
    case CallFailure::Kind::unanswered:
      return "unanswered";
    case CallFailure::Kind::garbled:
      return "garbled";
  }
  return "?";
}

CallFrame& CallFrame::of_this_thread() {
  thread_local CallFrame frame;
  return frame;
}

std::optional<AnswerHead> read_answer_head(MessageReader& reader, Bytes message) {
  const auto head = reader.begin(message);
  if (!head || (head->type != protocol::T_REPLY && head->type != protocol::T_EXCEPTION)) return std::nullopt;
  return AnswerHead{head->seqid, head->type == protocol::T_EXCEPTION};
}

void give_answer(MessageReader& reader, const AnswerHead& head, const CallDone& done) {
  if (!head.is_exception) return done({&reader, nullptr});
  TApplicationException exception;
  CallFailure failure;
  if (const std::string why = reader.read(exception); !why.empty()) {
    failure = {CallFailure::Kind::garbled, "the server's exception cannot be read: " + why};
  } else {
    const bool is_certain = exception.getType() == TApplicationException::UNKNOWN_METHOD;
    failure = {is_certain ? CallFailure::Kind::refused : CallFailure::Kind::unanswered,
               fmt::format("the server answered with an exception: {}", exception.what())};
  }
  done({nullptr, &failure});
}

}  // namespace vow::rpc
