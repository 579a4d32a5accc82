// A request of a caller's transaction, in a POCO handler.
#pragma once

#include <istream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>

#include "vow/call.h"
#include "vow/client.h"
#include "vow/error.h"
#include "vow/poco/problem.h"
#include "vow/service.h"

namespace vow::poco {

// To be thrown by the function that does the work: rolls it back, and answers with this status.
class refusal : public std::runtime_error {
 public:
  refusal(HTTPResponse::HTTPStatus status, const std::string& why)
      : std::runtime_error(why), status_(status) {}
  [[nodiscard]] HTTPResponse::HTTPStatus status() const { return status_; }

 private:
  HTTPResponse::HTTPStatus status_;
};

//   400  the request has no vow-context that can be read
//   409  rolled back, or over; with "retryable": true if a new transaction may end better
//   500  the service is to be mended
//   503  no coordinator answers, or not in time to know whether the vote counts
[[nodiscard]] inline HTTPResponse::HTTPStatus status_of(const error& why) {
  if (why.code() == "VOW-5008") return HTTPResponse::HTTP_BAD_REQUEST;
  const bool is_unavailable = dynamic_cast<const unavailable*>(&why) != nullptr;
  if (is_unavailable || why.outcome() == outcome::unknown) return HTTPResponse::HTTP_SERVICE_UNAVAILABLE;
  const bool is_over =
      why.outcome() == outcome::committed || dynamic_cast<const rolled_back*>(&why) != nullptr;
  return why.retryable() || is_over ? HTTPResponse::HTTP_CONFLICT : HTTPResponse::HTTP_INTERNAL_SERVER_ERROR;
}

namespace detail {

// What the function did not read would be taken for the next request of this connection.
inline void skip_body(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) {
  constexpr std::streamsize skipped_max = 1 << 20;
  std::istream& rest = request.stream();
  if (rest.good()) rest.ignore(skipped_max);
  if (rest.good()) response.setKeepAlive(false);
}

inline void send_problem(Poco::Net::HTTPServerResponse& response, HTTPResponse::HTTPStatus status,
                         const service::statement& said) {
  response.setStatusAndReason(status);
  response.setContentType(problem_type);
  if (status == HTTPResponse::HTTP_SERVICE_UNAVAILABLE) response.set("Retry-After", "1");
  const std::string body = encode_problem(status, said);
  response.sendBuffer(body.data(), body.size());
}

}  // namespace detail

// Runs `work` as a part of the caller's transaction (client::serve()) and answers with the string that it
// returns, if it returns one. Set the status and the headers of `response` before: of a repeated request,
// `work` does not run again, and the answer is the same.
//
// If `work` throws an error of Vow's or a refusal, the answer says so in a body of application/problem+json.
// Whatever else it throws is answered with 500, without its words, and thrown on to POCO's ErrorHandler.
template <class Work>
void serve(client& by, std::string_view name, Poco::Net::HTTPServerRequest& request,
           Poco::Net::HTTPServerResponse& response, Work&& work, const run_options& options = run_options{}) {
  const std::string context(context_header);
  reply done;
  try {
    done = by.serve(name, {{context, request.get(context, "")}}, work, options);
  } catch (const refusal& why) {
    detail::skip_body(request, response);
    return detail::send_problem(response, why.status(),
                                {.code = {}, .why = why.what(), .hint = {}, .retryable = false});
  } catch (const error& why) {
    detail::skip_body(request, response);
    return detail::send_problem(response, status_of(why), service::statement_of(why));
  } catch (...) {
    // POCO would close the connection without a word, and the caller ask again.
    response.setKeepAlive(false);
    detail::send_problem(response, HTTPResponse::HTTP_INTERNAL_SERVER_ERROR,
                         {.code = {}, .why = "the work failed", .hint = {}, .retryable = false});
    throw;
  }
  detail::skip_body(request, response);
  for (const auto& [header, value] : done.headers) response.set(header, value);
  response.sendBuffer(done.body.data(), done.body.size());
}

}  // namespace vow::poco
