// The calls of the clients' service between the wire and the coordinator.
//
//   bytes ──decode()──▶ Request ──carry_out(), on the loop──▶ Reply ──encode()──▶ bytes
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "coordinator/dispatch/coordinator.h"
#include "coordinator/rpc/service.h"

namespace vow::rpc {

enum class Method : std::uint8_t {
  ping,
  open_session,
  close_session,
  poll,
  report,
  begin_transaction,
  enlist,
  vote,
  commit,
  rollback,
  outcome,
  enlistments,
  votes,
  commits,
  rollbacks,
  outcomes,
  unknown,  // a newer client's
};
[[nodiscard]] std::string_view name(Method method);
[[nodiscard]] Method method_named(std::string_view name);

struct CloseSession {
  txn::SessionNumber session;
};
struct Reports {
  txn::SessionNumber session;
  std::vector<dispatch::Report> reports;
};
struct Begin {
  std::uint32_t timeout_s = 0;
};
struct Rollback {
  txn::Xid xid;
  std::uint32_t wait_finished_ms = 0;
};
struct Question {
  txn::Xid xid;
  std::optional<txn::Preparation> of;
  txn::Asker asker = txn::Asker::watcher;
};
// Why a request was not even asked.
struct Invalid {
  std::string why;
};
template <class One>
struct Many {
  std::vector<std::variant<One, Invalid>> items;
};

struct Request {
  CallId id;
  Method method = Method::unknown;
  std::variant<txn::Vote, txn::Enlistment, dispatch::Commit, Rollback, Question, Many<txn::Vote>,
               Many<txn::Enlistment>, Many<dispatch::Commit>, Many<Rollback>, Many<Question>,
               dispatch::OpenSession, CloseSession, dispatch::Poll, Reports, Begin>
      body;
};

struct Told {
  txn::Answer answer;
  std::string detail;  // invalid: why; ask_leader: the leader's address, if it is known
};

// Nothing: a call that says only that it was carried out.
using ReplyBody = std::variant<std::monostate, Told, std::vector<Told>, dispatch::SessionOpened,
                               dispatch::Begun, dispatch::Polled, dispatch::Problem>;
struct Reply {
  Reply(const CallId& id_, Method method_, ReplyBody body_)
      : id(id_), method(method_), body(std::move(body_)) {}
  CallId id;
  Method method;
  ReplyBody body;
};

}  // namespace vow::rpc
