// A request to another service, within a transaction.
#pragma once

#include <algorithm>
#include <chrono>
#include <istream>
#include <ostream>
#include <string>
#include <utility>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/StreamCopier.h>
#include <Poco/Timespan.h>

#include "vow/call.h"
#include "vow/error.h"
#include "vow/poco/problem.h"
#include "vow/service.h"
#include "vow/tx.h"

namespace vow::poco {

using Poco::Net::HTTPClientSession;
using Poco::Net::HTTPRequest;

// Of a service that did its part.
struct answer {
  HTTPResponse response;
  std::string body;
};

// The service answered that it did not do its part.
class bad_status : public rolled_back {
 public:
  bad_status(facts about, answer got) : rolled_back(std::move(about)), got_(std::move(got)) {}
  [[nodiscard]] HTTPResponse::HTTPStatus status() const { return got_.response.getStatus(); }
  [[nodiscard]] const answer& got() const { return got_; }

 private:
  answer got_;
};

namespace detail {

// While it lives, the session waits no longer than `left`.
class bounded_timeout {
 public:
  bounded_timeout(HTTPClientSession& of, std::chrono::milliseconds left) : of_(of), before_(of.getTimeout()) {
    const Poco::Timespan longest(static_cast<Poco::Timespan::TimeDiff>(left.count()) * 1'000);
    if (longest < before_) of_.setTimeout(longest);
  }
  ~bounded_timeout() {
    if (of_.getTimeout() != before_) of_.setTimeout(before_);
  }
  bounded_timeout(const bounded_timeout&) = delete;
  bounded_timeout& operator=(const bounded_timeout&) = delete;

 private:
  HTTPClientSession& of_;
  const Poco::Timespan before_;
};

// POCO takes the end of a connection for the end of a body.
inline bool is_whole(const HTTPRequest& request, const answer& got) {
  const auto status = got.response.getStatus();
  const bool has_none = request.getMethod() == HTTPRequest::HTTP_HEAD ||
                        status == HTTPResponse::HTTP_NO_CONTENT || status == HTTPResponse::HTTP_NOT_MODIFIED;
  return has_none || !got.response.hasContentLength() ||
         got.response.getContentLength64() == static_cast<Poco::Int64>(got.body.size());
}

// Throws Poco's exceptions if there is no whole answer.
inline answer send_once(HTTPClientSession& to, HTTPRequest request, const std::string& body) {
  const std::string& method = request.getMethod();
  const bool has_body = !body.empty() || method == HTTPRequest::HTTP_POST ||
                        method == HTTPRequest::HTTP_PUT || method == HTTPRequest::HTTP_PATCH;
  request.setChunkedTransferEncoding(false);
  if (has_body) request.setContentLength64(static_cast<Poco::Int64>(body.size()));
  to.sendRequest(request) << body;
  answer got;
  std::istream& from = to.receiveResponse(got.response);
  Poco::StreamCopier::copyToString(from, got.body);
  if (to.networkException() != nullptr) to.networkException()->rethrow();
  if (!is_whole(request, got)) throw Poco::Net::NoMessageException("the answer ends too early");
  return got;
}

inline answer send_until_answered(service::sendings& sendings, HTTPClientSession& to,
                                  const HTTPRequest& request, const std::string& body) {
  const auto lose = [&](const Poco::Exception& why) {
    to.reset();
    sendings.lost(why.displayText());
  };
  while (true) {
    const bounded_timeout bounded(to, sendings.time_left());
    try {
      return send_once(to, request, body);
    } catch (const Poco::IOException& why) {  // of the network
      lose(why);
    } catch (const Poco::TimeoutException& why) {
      lose(why);
    }
  }
}

}  // namespace detail

// Sends `request` with `body` as a part of the transaction and returns the answer, once the service has done
// its part. Headers that the request has, such as traceparent, go with it; `request` stays as it is.
//
// If the connection fails or the session's timeout passes before the whole answer is there, the same call is
// sent again as often as `how` says, but not past the transaction's deadline: a body is a string so that it
// can be. A session with a timeout of seconds leaves time for that.
//
// Throws bad_status if the answer is none of 200 to 299, and rolled_back if there is none; run() tries again
// if either is retryable. Redirections are not followed. An answer without Content-Length whose connection
// ends early cannot be told from a whole one; the transaction is safe all the same.
inline answer send(tx& in, HTTPClientSession& to, HTTPRequest request, const std::string& body = {},
                   const retry& how = service::sent_thrice) {
  vow::call call = in.call();
  for (const auto& [name, value] : call.headers()) request.set(name, value);
  const std::string where = request.getMethod() + (to.secure() ? " https://" : " http://") + to.getHost() +
                            ":" + std::to_string(to.getPort()) + request.getURI();
  service::sendings sendings(in, where, how);
  answer got = detail::send_until_answered(sendings, to, request, body);
  const int status = got.response.getStatus();
  if (status < 200 || status > 299) {
    error::facts about = service::not_done(in, where, statement_in(got.response, got.body));
    throw bad_status(std::move(about), std::move(got));
  }
  const std::string branches(branches_header);
  call.answered(got.response.has(branches) ? headers{{branches, got.response.get(branches)}} : headers());
  return got;
}

}  // namespace vow::poco
