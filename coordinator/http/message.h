// A request as it was read and a response as it will be written: plain values, without sockets.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/base/result.h"
#include "coordinator/dispatch/requests.h"
#include "coordinator/http/fields.h"
#include "coordinator/http/json.h"

namespace vow::http {

struct Request {
  std::string method;
  std::string target;  // the path with its query, as sent
  std::string host;    // headers of these names
  std::string origin;
  std::string body;
};

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::string allow;                // of 405: which methods there are
  std::uint32_t retry_after_s = 0;  // 0: not said
};

[[nodiscard]] Response answer(const JsonObject& object);
[[nodiscard]] Response plain(int status, std::string text);
// `leader` is the leader's HTTP address, if it is known.
[[nodiscard]] Response refuse(int status, const dispatch::Problem& problem, std::string_view leader = {});
// With the status that belongs to the problem's code.
[[nodiscard]] Response refuse(const dispatch::Problem& problem, std::string_view leader = {});
[[nodiscard]] Response refuse(dispatch::Problem::Code code, std::string what);
[[nodiscard]] int status_of(dispatch::Problem::Code code);

// A target's path, cut at each '/' and decoded, and its query.
struct Target {
  std::vector<std::string> segments;
  std::vector<std::pair<std::string, std::string>> query;
};
[[nodiscard]] Result<Target, std::string> parse_target(std::string_view target);

// The parameters of a query, read as Fields are: the first that is wrong is kept.
class Query {
 public:
  explicit Query(const std::vector<std::pair<std::string, std::string>>& parameters);

  [[nodiscard]] std::optional<std::string> text(const std::string& name);
  [[nodiscard]] std::optional<std::uint64_t> number(const std::string& name, Range range);
  // "?name", "?name=true" and "?name=false"; false if it is missing.
  [[nodiscard]] bool truth(const std::string& name);
  [[nodiscard]] std::optional<txn::BranchName> branch(const std::string& name);
  void expected(const std::string& name, std::string_view what, std::string_view instead);

  void end();
  [[nodiscard]] const std::optional<std::string>& wrong() const { return wrong_; }

 private:
  std::map<std::string, std::string> parameters_;
  std::vector<std::string> asked_;
  std::optional<std::string> wrong_;
};

}  // namespace vow::http
