// What a service says of work that it did not do, as a body of type application/problem+json (RFC 9457):
//
//   {"status": 409, "title": "Conflict", "detail": "...", "code": "VOW-5213", "hint": "...", "retryable":
//   true}
#pragma once

#include <sstream>
#include <string>

#include <Poco/Exception.h>
#include <Poco/JSON/Object.h>
#include <Poco/JSON/Parser.h>
#include <Poco/Net/HTTPResponse.h>

#include "vow/service.h"

namespace vow::poco {

using Poco::Net::HTTPResponse;

inline constexpr const char* problem_type = "application/problem+json";

[[nodiscard]] inline std::string encode_problem(HTTPResponse::HTTPStatus status,
                                                const service::statement& said) {
  Poco::JSON::Object problem(Poco::JSON_PRESERVE_KEY_ORDER);
  problem.set("status", static_cast<int>(status));
  problem.set("title", HTTPResponse::getReasonForStatus(status));
  problem.set("detail", said.why);
  if (!said.code.empty()) problem.set("code", said.code);
  if (!said.hint.empty()) problem.set("hint", said.hint);
  problem.set("retryable", said.retryable);
  std::ostringstream text;
  problem.stringify(text);
  return text.str();
}

// If the service does not say it: whether a new transaction may end better.
[[nodiscard]] inline bool is_retryable(HTTPResponse::HTTPStatus status) {
  return status == HTTPResponse::HTTP_CONFLICT || status == HTTPResponse::HTTP_TOO_MANY_REQUESTS ||
         status == HTTPResponse::HTTP_BAD_GATEWAY || status == HTTPResponse::HTTP_SERVICE_UNAVAILABLE ||
         status == HTTPResponse::HTTP_GATEWAY_TIMEOUT;
}

// As much as the answer of any service says, if it is not one of ours.
[[nodiscard]] inline service::statement statement_in(const HTTPResponse& head, const std::string& body) {
  service::statement said;
  said.why = std::to_string(static_cast<int>(head.getStatus())) + " " + head.getReason();
  said.retryable = is_retryable(head.getStatus());
  if (!head.getContentType().starts_with(problem_type)) return said;
  try {
    const auto problem = Poco::JSON::Parser().parse(body).extract<Poco::JSON::Object::Ptr>();
    const auto why = problem->optValue<std::string>("detail", "");
    if (!why.empty()) said.why += ", " + why;
    said.code = problem->optValue<std::string>("code", "");
    said.hint = problem->optValue<std::string>("hint", "");
    said.retryable = problem->optValue<bool>("retryable", said.retryable);
  } catch (const Poco::Exception&) {  // it is no JSON: the status is all there is
  }
  return said;
}

}  // namespace vow::poco
