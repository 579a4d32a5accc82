#include "coordinator/cli/client.h"

#include <algorithm>
#include <deque>

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/NetException.h>
#include <Poco/StreamCopier.h>
#include <Poco/URI.h>
#include <fmt/format.h>

#include "coordinator/cli/explain.h"

namespace vow::cli {
namespace {

constexpr int redirections_max = 2;

Poco::Timespan timespan(std::chrono::milliseconds ms) { return Poco::Timespan(ms.count() * 1000); }

std::string url(const Endpoint& at) { return "http://" + to_string(at); }

// An error as a node words it; the body of others is of no use.
struct Refusal {
  std::string code;
  std::string what;
  std::string leader;
};

Refusal refusal_in(const std::string& body) {
  try {
    const Json json = Json::parse(body);
    return {json.text("code"), json.text_or_number("what"), json.text_or_number("leader")};
  } catch (const NotUnderstood&) {
    return {};
  }
}

std::string explanation_of(const Refusal& refusal) {
  const Explanation* entry = find_explanation(refusal.code);
  return entry == nullptr ? "VOW-4004" : std::string(entry->code);
}

std::string advice_for(const std::string& code) {
  if (code == "overloaded" || code == "not_ready") return "Nothing has happened. Try again in some seconds.";
  if (code == "ask_leader")
    return "Nothing has happened. Try again in some seconds, or name all nodes with --at.";
  if (code == "not_found") return "`vow tx list` and `vow cluster status` show what there is.";
  if (code == "unknown") return "It may have happened. Look before you repeat it.";
  return {};
}

[[noreturn]] void fail_refused(const std::string& what, const Endpoint& by, int status,
                               const Refusal& refusal) {
  const bool is_unknown = refusal.code == "unknown";
  const std::string why = refusal.code.empty()   ? fmt::format("it answered with HTTP status {}", status)
                          : refusal.what.empty() ? refusal.code
                                                 : refusal.what;
  throw CommandFailed({what, url(by), why, advice_for(refusal.code), explanation_of(refusal)},
                      is_unknown ? Exit::unknown : Exit::error);
}

}  // namespace

Result<Client::Reply, Client::NoReply> Client::ask(const Endpoint& at, const Request& request) const {
  bool sent = false;
  try {
    Poco::Net::HTTPClientSession session(at.host, at.port);
    session.setTimeout(timespan(options_.connect_max), timespan(options_.answer_max),
                       timespan(options_.answer_max));
    Poco::Net::HTTPRequest head(std::string(request.method), request.path, Poco::Net::HTTPMessage::HTTP_1_1);
    head.setContentType("application/json");
    head.setContentLength(static_cast<std::streamsize>(request.body.size()));
    // A request with a body is none until its body has arrived.
    std::ostream& out = session.sendRequest(head);
    sent = true;
    out << request.body << std::flush;
    Poco::Net::HTTPResponse response;
    std::istream& in = session.receiveResponse(response);
    Reply reply;
    reply.status = response.getStatus();
    Poco::StreamCopier::copyToString(in, reply.body);
    return reply;
  } catch (const Poco::TimeoutException&) {
    return Failure{NoReply{sent ? fmt::format("no answer within {} s", options_.answer_max.count() / 1000)
                                : "no connection in time",
                           sent}};
  } catch (const Poco::Exception& error) {
    return Failure{NoReply{error.displayText(), sent}};
  }
}

Answered Client::ask_in_turn(const std::vector<Endpoint>& at, const Request& request) const {
  std::deque<Endpoint> left(at.begin(), at.end());
  int redirections = 0;
  std::string unreachable;
  std::optional<std::pair<Endpoint, std::pair<int, Refusal>>> refused;
  while (!left.empty()) {
    const Endpoint node = left.front();
    left.pop_front();
    const auto reply = ask(node, request);
    if (!reply) {
      const NoReply& none = reply.error();
      if (none.may_have_arrived && request.changes_something()) {
        throw CommandFailed({request.what, url(node), "it was sent, and no answer came: " + none.why,
                             "It may have happened. Look before you repeat it.", "VOW-4003"},
                            Exit::unknown);
      }
      unreachable += fmt::format("{}{}: {}", unreachable.empty() ? "" : "; ", to_string(node), none.why);
      continue;
    }
    if (reply->status >= 200 && reply->status < 300) {
      try {
        return {Json::parse(reply->body), node};
      } catch (const NotUnderstood& error) {
        throw CommandFailed(
            {request.what, url(node), error.what(), "Is it a Vow node's HTTP address?", "VOW-4004"});
      }
    }
    const Refusal refusal = refusal_in(reply->body);
    // Another node may know better; whoever says that nothing has happened may be passed over.
    if (reply->status != 421 && reply->status != 503)
      fail_refused(request.what, node, reply->status, refusal);
    refused = {node, {reply->status, refusal}};
    const auto leader = parse_endpoint(refusal.leader);
    if (reply->status == 421 && leader && redirections++ < redirections_max) left.push_front(*leader);
  }
  if (refused) fail_refused(request.what, refused->first, refused->second.first, refused->second.second);
  throw CommandFailed({request.what, "", "no node answers: " + unreachable,
                       "Is one running? Try `vow serve --dev`, or name others with --at HOST:PORT.",
                       "VOW-4001"});
}

std::vector<Endpoint> Client::leader_first(const std::string& what) const {
  const std::string path = "/v1/cluster";
  const Answered cluster = ask_in_turn(options_.at, {what, "GET", path, ""});
  std::vector<Endpoint> order{cluster.by};
  const std::string leader = cluster.json.text_or_number("leader");
  for (const Json& member : cluster.json.list("members")) {
    if (member.text_or_number("node") != leader) continue;
    const auto http = parse_endpoint(member.text_or_number("http"));
    if (http && *http != cluster.by) order.insert(order.begin(), *http);
  }
  return order;
}

Answered Client::get(const std::string& what, const std::string& path) const {
  return ask_in_turn(options_.at, {what, "GET", path, ""});
}

Answered Client::get_from_leader(const std::string& what, const std::string& path) const {
  return ask_in_turn(leader_first(what), {what, "GET", path, ""});
}

Answered Client::send(const std::string& what, std::string_view method, const std::string& path,
                      const JsonObject& body) const {
  return ask_in_turn(options_.at, {what, method, path, to_string(body)});
}

std::string escaped(std::string_view text) {
  std::string out;
  Poco::URI::encode(std::string(text), "/?#&=+%", out);
  return out;
}

}  // namespace vow::cli
