#include "bench/bare_echo.h"

#include <array>
#include <utility>

#include <arpa/inet.h>
#include <event2/thread.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "coordinator/base/check.h"

namespace vow::bench {

namespace {

rpc::Socket connect_to(std::uint16_t port) {
  rpc::Socket socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  VOW_CHECK(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0,
            "cannot connect to port {}", port);
  rpc::set_connection_options(socket);
  return socket;
}

bufferevent* make_bufferevent(event_base* base, rpc::Socket socket, bufferevent_data_cb readable,
                              void* self) {
  const int descriptor = ::dup(socket.get());
  evutil_make_socket_nonblocking(descriptor);
  bufferevent* events = bufferevent_socket_new(base, descriptor, BEV_OPT_CLOSE_ON_FREE);
  const auto ended = [](bufferevent* ending, short, void*) { bufferevent_free(ending); };
  bufferevent_setcb(events, readable, nullptr, ended, self);
  bufferevent_enable(events, EV_READ | EV_WRITE);
  return events;
}

// Takes the next frame off the input; empty: it is not whole yet.
std::size_t take_frame(evbuffer* input, std::string& frame) {
  std::uint32_t size = 0;
  if (evbuffer_copyout(input, &size, sizeof size) < static_cast<ev_ssize_t>(sizeof size)) return 0;
  const std::size_t whole = sizeof size + ntohl(size);
  if (evbuffer_get_length(input) < whole) return 0;
  frame.resize(whole);
  evbuffer_remove(input, frame.data(), whole);
  return whole;
}

void echo(bufferevent* events, void*) {
  thread_local std::string frame;
  evbuffer* input = bufferevent_get_input(events);
  evbuffer* output = bufferevent_get_output(events);
  while (take_frame(input, frame) > 0) evbuffer_add(output, frame.data(), frame.size());
}

}  // namespace

EchoThread::EchoThread() {
  evthread_use_pthreads();
  base_ = event_base_new();
  VOW_CHECK(base_ != nullptr, "no event loop to be had");
  thread_ = std::thread([this] { event_base_loop(base_, EVLOOP_NO_EXIT_ON_EMPTY); });
}

EchoThread::~EchoThread() {
  post([](event_base* base) { event_base_loopbreak(base); });
  thread_.join();
  event_base_free(base_);
}

void EchoThread::post(std::function<void(event_base*)> task) {
  struct Posted {
    std::function<void(event_base*)> task;
    event_base* base;
  };
  const auto run = [](evutil_socket_t, short, void* posted) {
    const std::unique_ptr<Posted> owned(static_cast<Posted*>(posted));
    owned->task(owned->base);
  };
  event_base_once(base_, -1, EV_TIMEOUT, run, new Posted{std::move(task), base_}, nullptr);
}

EchoServer::EchoServer(std::size_t threads) {
  auto listening = rpc::listen_at("127.0.0.1", 0);
  VOW_CHECK(listening.ok(), "{}", listening.error());
  listener_ = std::move(*listening);
  for (std::size_t i = 0; i < threads; ++i) threads_.push_back(std::make_unique<EchoThread>());
  ::fcntl(listener_.get(), F_SETFL, 0);  // the accepting thread waits in it
  accepting_ = std::thread([this] {
    for (std::size_t next = 0;; ++next) {
      const auto accepted =
          std::make_shared<rpc::Socket>(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!accepted->is_open()) return;
      rpc::set_connection_options(*accepted);
      threads_[next % threads_.size()]->post(
          [accepted](event_base* base) { make_bufferevent(base, std::move(*accepted), echo, nullptr); });
    }
  });
}

EchoServer::~EchoServer() {
  ::shutdown(listener_.get(), SHUT_RDWR);
  accepting_.join();
}

std::uint16_t EchoServer::port() const { return rpc::port_of(listener_); }

EchoPipeline::EchoPipeline(std::uint16_t port, std::string frame) : frame_(std::move(frame)) {
  const auto socket = std::make_shared<rpc::Socket>(connect_to(port));
  thread_.post([this, socket](event_base* base) {
    events_ = make_bufferevent(base, std::move(*socket), readable, this);
  });
}

void EchoPipeline::readable(bufferevent* events, void* pipeline) {
  auto* self = static_cast<EchoPipeline*>(pipeline);
  thread_local std::string frame;
  evbuffer* input = bufferevent_get_input(events);
  evbuffer* output = bufferevent_get_output(events);
  while (take_frame(input, frame) > 0) {
    self->answered_();
    if (self->stopping_.load(std::memory_order_relaxed))
      --self->left_;
    else
      evbuffer_add(output, self->frame_.data(), self->frame_.size());
  }
}

void EchoPipeline::start(std::size_t in_flight, std::function<void()> answered) {
  stopping_ = false;
  left_ = in_flight;
  thread_.post([this, in_flight, answered = std::move(answered)](event_base*) {
    answered_ = answered;
    for (std::size_t i = 0; i < in_flight; ++i) bufferevent_write(events_, frame_.data(), frame_.size());
  });
}

void EchoPipeline::stop() {
  stopping_ = true;
  while (left_ > 0) std::this_thread::yield();
}

EchoClient::EchoClient(std::uint16_t port, std::string frame)
    : frame_(std::move(frame)), socket_(connect_to(port)) {}

void EchoClient::call() {
  VOW_CHECK(::send(socket_.get(), frame_.data(), frame_.size(), MSG_NOSIGNAL) ==
                static_cast<ssize_t>(frame_.size()),
            "cannot send");
  std::array<char, 4096> buffer{};
  for (std::size_t got = 0; got < frame_.size();) {
    const ssize_t more = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    VOW_CHECK(more > 0, "the echo is gone");
    got += static_cast<std::size_t>(more);
  }
}

}  // namespace vow::bench
