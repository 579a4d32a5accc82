#include "coordinator/rpc/server.h"

#include <utility>

#include <fmt/format.h>

#include "coordinator/rpc/listener.h"
#include "coordinator/rpc/processor_service.h"

namespace vow::rpc {

void DropLog::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t second = steady_ms() / 1000;
  if (std::exchange(second_, second) != second) lines_ = 0;
  if (lines_ == lines_per_s_max) {
    ++silenced_;
    return;
  }
  ++lines_;
  const std::string others = silenced_ == 0 ? "" : fmt::format(" ({} others were not logged)", silenced_);
  silenced_ = 0;
  log_(fmt::format("rpc: {}{}", text, others));
}

// Between start() and stop().
class Server::Running {
 public:
  Running(const ServerOptions& options, const std::shared_ptr<Service>& service, Socket socket)
      : service_(service), core_(options, *service) {
    for (std::uint32_t i = 0; i < options.io_threads; ++i)
      ios_.push_back(std::make_shared<IoThread>(core_, i));
    service->attached({ios_.begin(), ios_.end()});
    listener_ = std::make_unique<Listener>(core_, std::move(socket), *ios_.front(), ios_);
    for (const auto& io : ios_) io->start();
  }
  ~Running() {
    // The first one accepts: once it has ended nothing is given to the others any more.
    for (const auto& io : ios_) io->stop();
    listener_.reset();
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

  [[nodiscard]] ServerFigures figures() const {
    ServerFigures all;
    all.connections = core_.connections.load(std::memory_order_relaxed);
    all.accepted = core_.accepted.load(std::memory_order_relaxed);
    all.refused = core_.refused.load(std::memory_order_relaxed);
    all.partial_bytes = core_.partial.bytes();
    all.unsent_bytes = core_.unsent.bytes();
    for (const auto& io : ios_) {
      const IoFigures& own = io->figures();
      all.dropped += own.dropped.get();
      all.calls += own.calls.get();
      all.calls_in_flight += own.calls_in_flight.get();
      all.pauses += own.pauses.get();
      all.bytes_in += own.bytes_in.get();
      all.bytes_out += own.bytes_out.get();
    }
    return all;
  }

 private:
  const std::shared_ptr<Service> service_;
  ServerCore core_;
  std::vector<std::shared_ptr<IoThread>> ios_;
  std::unique_ptr<Listener> listener_;
};

Server::Server(const ServerOptions& options, std::shared_ptr<Service> service)
    : options_(options), service_(std::move(service)) {}

Server::Server(const ServerOptions& options,
               std::shared_ptr<apache::thrift::async::TAsyncProcessor> processor)
    : Server(options, serve_processor(std::move(processor),
                                      {options.string_bytes_max, options.container_elements_max})) {}

Server::~Server() { stop(); }

Result<std::uint16_t, std::string> Server::start() {
  VOW_CHECK(!running_, "the server has been started already");
  VOW_CHECK(options_.io_threads > 0, "a server needs an I/O thread");
  auto socket = listen_at(options_.address, options_.port);
  if (!socket) return Failure{socket.error()};
  const std::uint16_t port = port_of(*socket);
  running_ = std::make_unique<Running>(options_, service_, std::move(*socket));
  return port;
}

void Server::stop() { running_.reset(); }

ServerFigures Server::figures() const { return running_ ? running_->figures() : ServerFigures{}; }

}  // namespace vow::rpc
