// A call of another service's method, within a transaction.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <thrift/TApplicationException.h>
#include <thrift/protocol/TProtocolException.h>
#include <thrift/transport/TBufferTransports.h>
#include <thrift/transport/TSocket.h>
#include <thrift/transport/TTransport.h>
#include <vow_types.h>

#include "vow/call.h"
#include "vow/error.h"
#include "vow/retry.h"
#include "vow/service.h"
#include "vow/tx.h"

namespace vow::thrift {

// How a call is sent.
struct call_options {
  // How long one sending may wait for bytes, if the client's transport is a TSocket or a buffered or framed
  // one on it. Never longer than to the transaction's deadline.
  std::chrono::milliseconds timeout{5'000};
  vow::retry sendings = service::sent_thrice;
};

// For methods that call() cannot call, which have other parameters: the context of a tx::call(), ...
[[nodiscard]] inline Context context_of(const vow::call& of) {
  Context context;
  context.context = of.headers().at(std::string(context_header));
  return context;
}
// ... and its answer.
inline void answered(vow::call& one, const Branches& with) {
  one.answered({{std::string(branches_header), with.branches}});
}

namespace detail {

using ::apache::thrift::TException;
using ::apache::thrift::transport::TTransport;

// Null: another kind of transport.
inline ::apache::thrift::transport::TSocket* socket_of(TTransport& under) {
  using namespace ::apache::thrift::transport;
  if (auto* const buffered = dynamic_cast<TBufferedTransport*>(&under))
    return socket_of(*buffered->getUnderlyingTransport());
  if (auto* const framed = dynamic_cast<TFramedTransport*>(&under))
    return socket_of(*framed->getUnderlyingTransport());
  return dynamic_cast<TSocket*>(&under);
}

// For people.
inline std::string name_of(TTransport& transport) {
  const auto* const socket = socket_of(transport);
  if (socket == nullptr) return transport.getOrigin();
  return socket->getPath().empty() ? socket->getHost() + ":" + std::to_string(socket->getPort())
                                   : socket->getPath();
}

inline void open(TTransport& transport, std::chrono::milliseconds timeout) {
  if (auto* const socket = socket_of(transport)) {
    const int ms = static_cast<int>(std::clamp<std::int64_t>(timeout.count(), 1, 86'400'000));
    socket->setConnTimeout(ms);
    socket->setSendTimeout(ms);
    socket->setRecvTimeout(ms);
  }
  if (!transport.isOpen()) transport.open();
}

// The rest of an answer, or of a request, must not come before the next one's.
inline void close(TTransport& transport) noexcept {
  for (int attempt = 0; attempt < 2; ++attempt) {  // a buffer that cannot be flushed is empty the second time
    try {
      transport.close();
      return;
    } catch (const TException&) {
    }
  }
}

template <class Stub, class Method, class Answer, class Request>
void call_until_answered(service::sendings& sendings, Stub& stub, Method method, Answer& answer,
                         const Request& request, const call_options& how) {
  TTransport& transport = *stub.getInputProtocol()->getTransport();
  while (true) {
    const auto left = sendings.time_left();
    try {
      open(transport, std::min(left, how.timeout));
      (stub.*method)(answer, request);
      return;
    } catch (const ::apache::thrift::transport::TTransportException& lost) {
      close(transport);
      sendings.lost(lost.what());
    }
  }
}

}  // namespace detail

// Calls `method` of a client that Thrift has generated, as a part of the transaction, and returns the answer
// once the service has done its part. The client's transport need not be open.
//
// If the connection fails or times out before the answer is there, it is opened anew and the same call is
// sent again, as often as `how` says, but not past the transaction's deadline.
//
// Throws rolled_back if the service did not do it, or did not answer; run() tries again if that is retryable.
// Exceptions that the method declares beside vow.NotDone are thrown on.
template <class Stub, class Owner, class Answer, class Request>
Answer call(tx& in, Stub& stub, void (Owner::*method)(Answer&, const Request&), Request request,
            const call_options& how = {}) {
  vow::call one = in.call();
  request.vow = context_of(one);
  const auto transport = stub.getInputProtocol()->getTransport();
  const std::string where = "the service at " + detail::name_of(*transport);
  service::sendings sendings(in, where, how.sendings);
  Answer answer;
  service::statement said;
  try {
    detail::call_until_answered(sendings, stub, method, answer, request, how);
    answered(one, answer.vow);
    return answer;
  } catch (const NotDone& why) {
    said = {.code = why.code, .why = why.why, .hint = why.hint, .retryable = why.retryable};
  } catch (const ::apache::thrift::TApplicationException& why) {
    said.why = why.what();
  } catch (const ::apache::thrift::protocol::TProtocolException& why) {
    said.why = why.what();
  }
  // What cannot be read may not have been read to its end.
  if (said.code.empty()) detail::close(*transport);
  throw rolled_back(service::not_done(in, where, said));
}

}  // namespace vow::thrift
