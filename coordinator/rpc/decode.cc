#include "coordinator/rpc/decode.h"

#include <utility>

#include <fmt/format.h>

#include "coordinator/rpc/wire_types.h"
#include "thrift/gen/client/Coordinator.h"

namespace vow::rpc {

namespace {

using dispatch::Problem;

Told invalid(std::string why) { return {{txn::Verdict::invalid}, std::move(why)}; }

// Calls that answer with an Answer.
template <class Args, class One, class Wire>
Decoded decode_one(MessageReader& reader, const CallId& id, Method method, Wire Args::*field) {
  Args args;
  if (std::string why = reader.read(args); !why.empty()) return Malformed{std::move(why)};
  One one;
  if (std::string why = from_wire(args.*field, one); !why.empty())
    return Reply{id, method, invalid(std::move(why))};
  return Request{id, method, std::move(one)};
}

template <class Args, class One, class Wire>
Decoded decode_many(MessageReader& reader, const CallId& id, Method method, std::vector<Wire> Args::*field) {
  Args args;
  if (std::string why = reader.read(args); !why.empty()) return Malformed{std::move(why)};
  if ((args.*field).empty()) return Reply{id, method, std::vector<Told>{}};
  Many<One> many;
  many.items.reserve((args.*field).size());
  for (const Wire& each : args.*field) {
    One one;
    std::string why = from_wire(each, one);
    if (why.empty())
      many.items.emplace_back(std::move(one));
    else
      many.items.emplace_back(Invalid{std::move(why)});
  }
  return Request{id, method, std::move(many)};
}

// Calls that answer with something else, or a Problem.
template <class Args, class Body, class Convert>
Decoded decode_other(MessageReader& reader, const CallId& id, Method method, Convert convert) {
  Args args;
  if (std::string why = reader.read(args); !why.empty()) return Malformed{std::move(why)};
  Body body;
  if (std::string why = convert(args, body); !why.empty())
    return Reply{id, method, Problem{Problem::Code::invalid, std::move(why), {}}};
  return Request{id, method, std::move(body)};
}

std::string reports_from_wire(const wire::Coordinator_report_args& from, Reports& to) {
  if (std::string why = session_from_wire(from.session, to.session); !why.empty()) return why;
  to.reports.resize(from.reports.size());
  for (std::size_t i = 0; i < to.reports.size(); ++i)
    if (std::string why = from_wire(from.reports[i], to.reports[i]); !why.empty())
      return fmt::format("report {} of {}: {}", i + 1, to.reports.size(), why);
  return {};
}

Decoded decode_session_call(MessageReader& reader, const CallId& id, Method method) {
  switch (method) {
    case Method::open_session:
      return decode_other<wire::Coordinator_open_session_args, dispatch::OpenSession>(
          reader, id, method, [](const auto& args, auto& to) { return from_wire(args.request, to); });
    case Method::close_session:
      return decode_other<wire::Coordinator_close_session_args, CloseSession>(
          reader, id, method,
          [](const auto& args, auto& to) { return session_from_wire(args.session, to.session); });
    case Method::poll:
      return decode_other<wire::Coordinator_poll_args, dispatch::Poll>(
          reader, id, method, [](const auto& args, auto& to) { return from_wire(args.poll, to); });
    case Method::report:
      return decode_other<wire::Coordinator_report_args, Reports>(
          reader, id, method, [](const auto& args, auto& to) { return reports_from_wire(args, to); });
    case Method::begin_transaction:
      return decode_other<wire::Coordinator_begin_transaction_args, Begin>(
          reader, id, method,
          [](const auto& args, auto& to) { return timeout_from_wire(args.timeout_s, to.timeout_s); });
    default:
      break;
  }
  wire::Coordinator_ping_args args;
  if (std::string why = reader.read(args); !why.empty()) return Malformed{std::move(why)};
  return Reply{id, method, {}};
}

}  // namespace

Decoded decode(MessageReader& reader, const CallId& id, Method method) {
  using namespace wire;  // NOLINT(google-build-using-namespace)
  switch (method) {
    case Method::enlist:
      return decode_one<Coordinator_enlist_args, txn::Enlistment>(reader, id, method,
                                                                  &Coordinator_enlist_args::enlistment);
    case Method::vote:
      return decode_one<Coordinator_vote_args, txn::Vote>(reader, id, method, &Coordinator_vote_args::vote);
    case Method::commit:
      return decode_one<Coordinator_commit_args, dispatch::Commit>(reader, id, method,
                                                                   &Coordinator_commit_args::commit);
    case Method::rollback:
      return decode_one<Coordinator_rollback_args, rpc::Rollback>(reader, id, method,
                                                                  &Coordinator_rollback_args::rollback);
    case Method::outcome:
      return decode_one<Coordinator_outcome_args, rpc::Question>(reader, id, method,
                                                                 &Coordinator_outcome_args::question);
    case Method::enlistments:
      return decode_many<Coordinator_enlistments_args, txn::Enlistment>(
          reader, id, method, &Coordinator_enlistments_args::enlistments);
    case Method::votes:
      return decode_many<Coordinator_votes_args, txn::Vote>(reader, id, method,
                                                            &Coordinator_votes_args::votes);
    case Method::commits:
      return decode_many<Coordinator_commits_args, dispatch::Commit>(reader, id, method,
                                                                     &Coordinator_commits_args::commits);
    case Method::rollbacks:
      return decode_many<Coordinator_rollbacks_args, rpc::Rollback>(reader, id, method,
                                                                    &Coordinator_rollbacks_args::rollbacks);
    case Method::outcomes:
      return decode_many<Coordinator_outcomes_args, rpc::Question>(reader, id, method,
                                                                   &Coordinator_outcomes_args::questions);
    default:
      return decode_session_call(reader, id, method);
  }
}

}  // namespace vow::rpc
