#include "coordinator/http/connection.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <optional>

#include <Poco/Exception.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponseImpl.h>
#include <Poco/Net/HTTPServerSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Timestamp.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include "coordinator/http/text.h"

namespace vow::http {
namespace {

using dispatch::Problem;
using Poco::Net::HTTPServerRequestImpl;
using Poco::Net::HTTPServerResponseImpl;
using Poco::Net::HTTPServerSession;

Response refuse_as(int status, std::string what) {
  return refuse(status, {.code = Problem::Code::invalid, .what = std::move(what), .leader = {}});
}

// What a client may still send to a connection that has been answered for the last time.
constexpr std::size_t left_behind_max = 4u << 20;

// A request that was read, or what to say to one that cannot be.
struct Read {
  std::optional<Request> request;
  Response refusal;
  bool may_stay = false;  // nothing of it is left in the connection

  static Read refused(Response refusal) { return {.request = {}, .refusal = std::move(refusal)}; }
};

// What may name a header: others read "Content-Length " as they please.
bool is_token(std::string_view name) {
  const auto is_allowed = [](unsigned char c) {
    return (std::isalnum(c) != 0 && c < 0x80) ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_allowed);
}

class Connection {
 public:
  Connection(Poco::Net::StreamSocket& socket, const Options& options, Connections& connections,
             Router& router, Poco::Net::HTTPServerParams::Ptr params)
      : socket_(socket),
        options_(options),
        connections_(connections),
        router_(router),
        params_(std::move(params)) {}

  void run() {
    Connections::Seat seat(connections_, socket_.impl()->sockfd());
    HTTPServerSession session(socket_, params_);
    // What was told to end while it was idle has nothing to be told.
    bool is_first = true;
    while (session.hasMoreRequests() && (is_first || seat.ended() == Ended::no)) {
      is_first = false;
      if (!serve_one(session, seat)) break;
      seat.enter(Stage::idle);
    }
    if (seat.ended() == Ended::no) leave(session, seat);
  }

 private:
  // Whether another request may follow.
  bool serve_one(HTTPServerSession& session, Connections::Seat& seat) {
    seat.enter(Stage::reading);
    HTTPServerResponseImpl response(session);
    std::optional<HTTPServerRequestImpl> head;
    try {
      head.emplace(response, session, params_.get());
    } catch (const Poco::Net::NoMessageException&) {
      if (seat.ended() == Ended::no) return false;  // the client has left
      return send_refusal(session, seat, refuse_unread(seat, "no request came"));
    } catch (const Poco::Exception&) {
      return send_refusal(session, seat,
                          refuse_unread(seat, "this is not HTTP/1.1, or a header is too long"));
    }
    Read read = read_rest(*head, response, seat);
    if (!read.request) router_.note_refusal(read.refusal.status);
    seat.enter(Stage::answering);
    const Response answer =
        read.request ? router_.respond(*read.request, [&] { return is_gone(); }) : std::move(read.refusal);
    const bool stays = read.may_stay && head->getKeepAlive() && !connections_.is_crowded();
    response.setVersion(head->getVersion());
    seat.enter(Stage::writing);
    const bool is_sent = send(response, answer, stays, head->getMethod() == "HEAD");
    session.setKeepAlive(stays && is_sent);
    return stays && is_sent;
  }

  // To one whose head could not be read: always the last.
  bool send_refusal(HTTPServerSession& session, Connections::Seat& seat, const Response& refusal) {
    router_.note_refusal(refusal.status);
    seat.enter(Stage::writing);
    HTTPServerResponseImpl response(session);
    response.setVersion("HTTP/1.1");
    (void)send(response, refusal, false, false);
    return false;
  }

  // Why what came is not a request: time or room ran out, or it is none.
  [[nodiscard]] Response refuse_unread(const Connections::Seat& seat, std::string_view what) const {
    switch (seat.ended()) {
      case Ended::slow:
        return refuse_as(408,
                         fmt::format("the whole request must arrive within {} ms", options_.read_ms_max));
      case Ended::crowded:
        return refuse(Problem::Code::overloaded, "too many connections wait for their turn: try again later");
      case Ended::stopping:
        return refuse(Problem::Code::not_ready, "this node is being stopped: ask another");
      case Ended::no:
        return refuse_as(400, std::string(what));
    }
    return refuse_as(400, std::string(what));
  }

  // What is odd about a request's head, so that this server and whoever passed it on could disagree where it
  // ends.
  [[nodiscard]] static std::optional<std::string> objection(const HTTPServerRequestImpl& head) {
    if (head.getVersion() != "HTTP/1.1" && head.getVersion() != "HTTP/1.0")
      return "expected HTTP/1.1 or HTTP/1.0";
    for (const auto& [name, value] : head) {
      if (!is_token(name)) return fmt::format("expected a header's name, got {}", quoted(name));
    }
    std::size_t lengths = 0;
    for (const auto& [name, value] : head) lengths += Poco::icompare(name, "Content-Length") == 0 ? 1 : 0;
    if (lengths > 1) return "header Content-Length: expected it once, got it several times";
    if (lengths == 1 && head.hasToken("Transfer-Encoding", "chunked")) {
      return "expected Content-Length or Transfer-Encoding, got both";
    }
    if (head.has("Transfer-Encoding") && head.get("Transfer-Encoding") != "chunked") {
      return "header Transfer-Encoding: expected chunked, got " + quoted(head.get("Transfer-Encoding"));
    }
    if (lengths == 1 && !parse_number(head.get("Content-Length"), {0, INT64_MAX})) {
      return "header Content-Length: expected a number, got " + quoted(head.get("Content-Length"));
    }
    return std::nullopt;
  }

  [[nodiscard]] Read read_rest(HTTPServerRequestImpl& head, HTTPServerResponseImpl& response,
                               const Connections::Seat& seat) const {
    if (const auto wrong = objection(head)) return Read::refused(refuse_as(400, *wrong));
    const bool has_length = head.hasContentLength();
    const std::string too_large =
        fmt::format("a request's body may have {} bytes, and this one has more", options_.body_bytes_max);
    if (has_length && static_cast<std::uint64_t>(head.getContentLength64()) > options_.body_bytes_max) {
      return Read::refused(refuse_as(413, too_large));
    }
    const bool has_body = has_length || head.getChunkedTransferEncoding();
    if (has_body && head.getExpectContinue()) response.sendContinue();

    Request request{.method = head.getMethod(),
                    .target = head.getURI(),
                    .host = head.get("Host", ""),
                    .origin = head.get("Origin", ""),
                    .body = has_body ? read_body(head.stream()) : ""};
    if (request.body.size() > options_.body_bytes_max) return Read::refused(refuse_as(413, too_large));
    if (seat.ended() != Ended::no) return Read::refused(refuse_unread(seat, "no body came"));
    if (has_length && std::cmp_not_equal(request.body.size(), head.getContentLength64())) {
      return Read::refused(
          refuse_as(400, fmt::format("the body ended after {} bytes, but Content-Length is {}",
                                     request.body.size(), head.getContentLength64())));
    }
    // What follows a body in chunks is not looked for: the library is lenient about where they end.
    return {.request = std::move(request), .refusal = {}, .may_stay = !head.getChunkedTransferEncoding()};
  }

  // At most one byte more than may be.
  [[nodiscard]] std::string read_body(std::istream& in) const {
    std::string body;
    char block[8192];
    while (body.size() <= options_.body_bytes_max && in) {
      const std::size_t room = options_.body_bytes_max + 1 - body.size();
      in.read(block, static_cast<std::streamsize>(std::min(sizeof block, room)));
      body.append(block, static_cast<std::size_t>(in.gcount()));
    }
    return body;
  }

  [[nodiscard]] static bool send(HTTPServerResponseImpl& response, const Response& answer, bool stays,
                                 bool head_only) {
    response.setStatus(static_cast<Poco::Net::HTTPResponse::HTTPStatus>(answer.status));
    response.setReason(Poco::Net::HTTPResponse::getReasonForStatus(response.getStatus()));
    response.setDate(Poco::Timestamp());
    response.setContentType(answer.type);
    response.setContentLength64(static_cast<Poco::Int64>(answer.body.size()));
    response.setKeepAlive(stays);
    response.set("Cache-Control", "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    if (!answer.allow.empty()) response.set("Allow", answer.allow);
    if (answer.retry_after_s > 0) response.set("Retry-After", std::to_string(answer.retry_after_s));
    std::ostream& out = response.send();
    if (!head_only) out << answer.body;
    out.flush();
    return out.good();
  }

  // Closing while the client's bytes lie unread would make its system throw the response away, too.
  void leave(HTTPServerSession& session, Connections::Seat& seat) {
    seat.enter(Stage::leaving);
    Poco::Net::StreamSocket& stream = session.socket();
    stream.shutdownSend();
    char block[8192];
    std::size_t left = left_behind_max;
    while (left > 0) {
      const int got = stream.receiveBytes(block, static_cast<int>(std::min(sizeof block, left)));
      if (got <= 0) return;
      left -= static_cast<std::size_t>(got);
    }
  }

  // The client has closed its side: it does not wait for an answer any more.
  [[nodiscard]] bool is_gone() {
    char byte = 0;
    const ssize_t got = ::recv(socket_.impl()->sockfd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
  }

  Poco::Net::StreamSocket& socket_;
  const Options& options_;
  Connections& connections_;
  Router& router_;
  Poco::Net::HTTPServerParams::Ptr params_;
};

}  // namespace

ConnectionServer::ConnectionServer(const Options& options, Connections& connections, Router& router)
    : options_(options), connections_(connections), router_(router) {
  // Deadlines are watched by Connections, for whole requests; the library's are for single reads, and only a
  // net below.
  const auto longest = std::max({options.read_ms_max, options.write_ms_max, options.idle_ms_max});
  const Poco::Timespan net_below(Poco::Int64{longest} * 2 * 1000);
  params_->setTimeout(net_below);
  params_->setKeepAliveTimeout(net_below);
}

void ConnectionServer::serve(Poco::Net::StreamSocket& socket) const {
  try {
    Connection(socket, options_, connections_, router_, params_).run();
  } catch (const std::exception&) {
    // The connection is broken: there is nobody to tell.
  }
}

}  // namespace vow::http
