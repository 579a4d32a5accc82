#include "coordinator/rpc/encode.h"

#include <fmt/format.h>

#include "coordinator/rpc/wire_types.h"
#include "thrift/gen/client/Coordinator.h"

namespace vow::rpc {

namespace {

namespace protocol = apache::thrift::protocol;

// The results of calls that answer alike are alike on the wire: the generated struct of any of them serves.
struct Encoder {
  MessageWriter& writer;
  const Reply& reply;
  std::string& out;

  template <class Result>
  void write(const Result& result) {
    writer.write(out, protocol::T_REPLY, name(reply.method), reply.id.seqid, result);
  }
  template <class Result, class Success>
  void write_success(Success success) {
    Result result;
    result.success = &success;
    result.__isset.success = true;
    write(result);
  }

  void operator()(std::monostate) { write(wire::Coordinator_ping_presult()); }
  void operator()(const Told& told) { write_success<wire::Coordinator_vote_presult>(to_wire(told)); }
  void operator()(const std::vector<Told>& all) {
    std::vector<wire::Answer> answers;
    answers.reserve(all.size());
    for (const Told& told : all) answers.push_back(to_wire(told));
    write_success<wire::Coordinator_votes_presult>(std::move(answers));
  }
  void operator()(const dispatch::SessionOpened& opened) {
    write_success<wire::Coordinator_open_session_presult>(to_wire(opened));
  }
  void operator()(const dispatch::Begun& begun) {
    write_success<wire::Coordinator_begin_transaction_presult>(txn::to_string(begun.xid));
  }
  void operator()(const dispatch::Polled& polled) {
    write_success<wire::Coordinator_poll_presult>(to_wire(polled));
  }
  void operator()(const dispatch::Problem& problem) {
    wire::Coordinator_report_presult result;
    result.problem = to_wire(problem);
    result.__isset.problem = true;
    write(result);
  }
};

}  // namespace

void encode(MessageWriter& writer, const Reply& reply, std::string& out) {
  std::visit(Encoder{writer, reply, out}, reply.body);
}

void encode_unknown(MessageWriter& writer, std::string_view name, std::int32_t seqid, std::string& out) {
  using apache::thrift::TApplicationException;
  const TApplicationException exception(TApplicationException::UNKNOWN_METHOD,
                                        fmt::format("this coordinator knows no call '{}'", name));
  writer.write(out, protocol::T_EXCEPTION, name, seqid, exception);
}

}  // namespace vow::rpc
