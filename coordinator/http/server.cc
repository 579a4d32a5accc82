#include "coordinator/http/server.h"

#include <Poco/Exception.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include "coordinator/http/connection.h"

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

class Filter final : public Poco::Net::TCPServerConnectionFilter {
 public:
  explicit Filter(Connections& connections) : connections_(connections) {}
  bool accept(const Poco::Net::StreamSocket&) override { return connections_.admit(); }

 private:
  Connections& connections_;
};

Poco::Net::TCPServerParams::Ptr params_of(const Options& options) {
  Poco::Net::TCPServerParams::Ptr params = new Poco::Net::TCPServerParams;
  params->setMaxThreads(static_cast<int>(options.threads_max));
  // Connections says who may wait; this must not be the narrower bound.
  params->setMaxQueued(static_cast<int>(options.connections_max) + 1);
  return params;
}

}  // namespace

// What there is while it runs. Its members end in the reverse of this order.
class Server::Running {
 public:
  Running(const Options& options, dispatch::Loop& loop, const Poco::Net::ServerSocket& socket)
      : socket_(socket),
        connections_(options),
        router_(options, loop, connections_),
        pool_("vow-http", 2, static_cast<int>(options.threads_max)),
        listener_(new ConnectionFactory(options, connections_, router_), pool_, socket, params_of(options)) {
    listener_.setConnectionFilter(new Filter(connections_));
    listener_.start();
  }
  ~Running() {
    router_.stop();
    // Wakes the listener, which otherwise looks up four times a second.
    ::shutdown(socket_.impl()->sockfd(), SHUT_RDWR);
    listener_.stop();
    connections_.stop();
    pool_.joinAll();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  Poco::Net::ServerSocket socket_;
  Connections connections_;
  Router router_;
  Poco::ThreadPool pool_;
  Poco::Net::TCPServer listener_;
};

Server::Server(Options options, dispatch::Loop& loop) : options_(std::move(options)), loop_(loop) {}

Server::~Server() { stop(); }

Result<std::uint16_t, std::string> Server::start() {
  VOW_CHECK(running_ == nullptr, "the HTTP server was started twice");
  if (auto wrong = objection(options_)) return Failure{std::move(*wrong)};
  try {
    Poco::Net::ServerSocket socket;
    socket.bind(Poco::Net::SocketAddress(options_.address, options_.port), true);
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
