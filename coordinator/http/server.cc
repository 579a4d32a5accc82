#include "coordinator/http/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <fmt/format.h>

#include "coordinator/http/connection.h"
#include "coordinator/http/listener.h"

namespace vow::http {
namespace {

// What cannot work.
std::optional<std::string> objection(const Options& options) {
  const std::size_t reserved = Shares::for_health + Shares::for_quick;
  if (options.waits_max + options.polls_max + reserved > options.threads_max) {
    return fmt::format(
        "{} threads are too few for HTTP: {} for requests that wait, {} for polls and {} for all others "
        "make {}; raise the first or lower the next two",
        options.threads_max, options.waits_max, options.polls_max, reserved,
        options.waits_max + options.polls_max + reserved);
  }
  if (options.connections_max < options.threads_max) {
    return fmt::format("at most {} connections for {} threads would leave threads without work; raise it",
                       options.connections_max, options.threads_max);
  }
  return std::nullopt;
}

}  // namespace

// What there is while it runs.
class Server::Running {
 public:
  Running(const Options& options, dispatch::Loop& loop, const Poco::Net::ServerSocket& socket)
      : connections_(options),
        router_(options, loop, connections_),
        connection_server_(options, connections_, router_),
        listener_(socket, connections_, options.threads_max,
                  [this](Poco::Net::StreamSocket& connection) { connection_server_.serve(connection); }) {}
  // Before the listener waits for its threads, these are told to come to an end.
  ~Running() {
    router_.stop();
    connections_.stop();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Connections connections_;
  Router router_;
  ConnectionServer connection_server_;
  Listener listener_;
};

Server::Server(Options options, dispatch::Loop& loop) : options_(std::move(options)), loop_(loop) {}

Server::~Server() { stop(); }

Result<std::uint16_t, std::string> Server::start() {
  VOW_CHECK(running_ == nullptr, "the HTTP server was started twice");
  if (auto wrong = objection(options_)) return Failure{std::move(*wrong)};
  try {
    Poco::Net::ServerSocket socket;
    socket.bind(Poco::Net::SocketAddress(options_.address, options_.port), true, false);
    socket.listen(static_cast<int>(options_.connections_max));
    const std::uint16_t port = socket.address().port();
    running_ = std::make_unique<Running>(options_, loop_, socket);
    return port;
  } catch (const Poco::Exception& problem) {
    return Failure{
        fmt::format("HTTP cannot listen at {}:{}: {}; is the address this machine's, and the port free?",
                    options_.address, options_.port, problem.displayText())};
  }
}

void Server::stop() { running_.reset(); }

}  // namespace vow::http
