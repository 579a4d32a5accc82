// Asks the nodes of a cell over HTTP, on behalf of a person who waits.
//
// Addresses are tried in turn. An answer `ask_leader` is followed, twice at most. Nothing that changes
// something is sent a second time once it may have arrived: then the answer is *unknown*, and the command
// exits with 3.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/base/endpoint.h"
#include "coordinator/base/result.h"
#include "coordinator/cli/complaint.h"
#include "coordinator/cli/json.h"

namespace vow::cli {

struct Answered {
  Json json;
  Endpoint by;
};

class Client {
 public:
  struct Options {
    std::vector<Endpoint> at;
    std::chrono::milliseconds connect_max{2'000};
    std::chrono::milliseconds answer_max{20'000};
  };
  explicit Client(Options options) : options_(std::move(options)) {}

  [[nodiscard]] const std::vector<Endpoint>& at() const { return options_.at; }

  // All throw CommandFailed; `what` says for whom: "cannot list transactions".
  [[nodiscard]] Answered get(const std::string& what, const std::string& path) const;
  [[nodiscard]] Answered send(const std::string& what, std::string_view method, const std::string& path,
                              const JsonObject& body) const;
  // As get(), from the leader if any node knows which it is; whoever answers otherwise.
  [[nodiscard]] Answered get_from_leader(const std::string& what, const std::string& path) const;

 private:
  struct Request {
    const std::string& what;
    std::string_view method;
    const std::string& path;
    std::string body;
    [[nodiscard]] bool changes_something() const { return method != "GET"; }
  };
  struct Reply {
    int status = 0;
    std::string body;
  };
  // What one attempt came to, if not to a reply.
  struct NoReply {
    std::string why;
    bool may_have_arrived = false;
  };
  [[nodiscard]] Result<Reply, NoReply> ask(const Endpoint& at, const Request& request) const;
  [[nodiscard]] Answered ask_in_turn(const std::vector<Endpoint>& at, const Request& request) const;
  [[nodiscard]] std::vector<Endpoint> leader_first(const std::string& what) const;

  Options options_;
};

// Fit for a path or a query.
[[nodiscard]] std::string escaped(std::string_view text);

}  // namespace vow::cli
