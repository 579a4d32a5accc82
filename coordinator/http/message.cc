#include "coordinator/http/message.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include "coordinator/http/text.h"

namespace vow::http {
namespace {

// Splits at each `separator`; an empty text has one empty part.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

// Throws what the library does for a '%' that no two hexadecimal digits follow.
std::string decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  Poco::URI::decode(std::string(text), out, plus_is_space);
  return out;
}

}  // namespace

Response answer(const JsonObject& object) {
  Response response;
  response.body = object.text() + "\n";
  return response;
}

Response plain(int status, std::string text) {
  Response response;
  response.status = status;
  response.type = "text/plain; charset=utf-8";
  response.body = std::move(text);
  return response;
}

int status_of(dispatch::Problem::Code code) {
  using Code = dispatch::Problem::Code;
  switch (code) {
    case Code::ask_leader:
      return 421;
    case Code::not_ready:
    case Code::overloaded:
      return 503;
    case Code::invalid:
      return 400;
    case Code::no_session:
      return 410;
    case Code::not_found:
      return 404;
    case Code::unknown:
      return 500;
  }
  return 500;
}

Response refuse(int status, const dispatch::Problem& problem, std::string_view leader) {
  JsonObject object;
  object.put("code", name(problem.code)).put("what", problem.what);
  if (!leader.empty()) object.put("leader", leader);
  Response response = answer(object);
  response.status = status;
  if (status == 503) response.retry_after_s = 1;
  return response;
}

Response refuse(const dispatch::Problem& problem, std::string_view leader) {
  return refuse(status_of(problem.code), problem, leader);
}

Response refuse(dispatch::Problem::Code code, std::string what) {
  return refuse(dispatch::Problem{.code = code, .what = std::move(what), .leader = {}});
}

Result<Target, std::string> parse_target(std::string_view target) {
  if (target.empty() || target.front() != '/') {
    return Failure{fmt::format("the request's target {} is not a path that begins with /", quoted(target))};
  }
  Target parsed;
  const auto question = target.find('?');
  try {
    for (const std::string_view segment : split(target.substr(1, question - 1), '/')) {
      parsed.segments.push_back(decoded(segment, false));
    }
    if (question == std::string_view::npos) return parsed;
    for (const std::string_view parameter : split(target.substr(question + 1), '&')) {
      if (parameter.empty()) continue;
      const auto equals = parameter.find('=');
      const bool has_value = equals != std::string_view::npos;
      parsed.query.emplace_back(decoded(parameter.substr(0, equals), true),
                                has_value ? decoded(parameter.substr(equals + 1), true) : "");
    }
  } catch (const Poco::Exception&) {
    return Failure{fmt::format("the request's target {} holds a % that no two hexadecimal digits follow",
                               quoted(target))};
  }
  return parsed;
}

Query::Query(const std::vector<std::pair<std::string, std::string>>& parameters) {
  for (const auto& [name, value] : parameters) {
    if (!parameters_.try_emplace(name, value).second) expected(name, "it once", "it twice");
  }
}

void Query::expected(const std::string& name, std::string_view what, std::string_view instead) {
  if (!wrong_) wrong_ = fmt::format("parameter {}: expected {}, got {}", quoted(name), what, instead);
}

std::optional<std::string> Query::text(const std::string& name) {
  asked_.push_back(name);
  const auto at = parameters_.find(name);
  if (at == parameters_.end()) return std::nullopt;
  return as_utf8(at->second);
}

std::optional<std::uint64_t> Query::number(const std::string& name, Range range) {
  const auto text = this->text(name);
  if (!text) return std::nullopt;
  const auto number = parse_number(*text, range);
  if (!number) expected(name, expected_number(range), quoted(*text));
  return number;
}

bool Query::truth(const std::string& name) {
  const auto text = this->text(name);
  if (!text || *text == "false") return false;
  if (!text->empty() && *text != "true") expected(name, "true or false", quoted(*text));
  return true;
}

std::optional<txn::BranchName> Query::branch(const std::string& name) {
  const auto text = this->text(name);
  if (!text) return std::nullopt;
  const auto branch = txn::BranchName::from(*text);
  if (!branch) expected(name, branch_expected, quoted(*text));
  return branch;
}

void Query::end() {
  if (wrong_) return;
  for (const auto& [name, value] : parameters_) {
    if (std::find(asked_.begin(), asked_.end(), name) == asked_.end()) {
      wrong_ = no_such("parameter", name, asked_);
      return;
    }
  }
}

}  // namespace vow::http
