// How a channel gets its connection.
#include <cerrno>
#include <cstring>
#include <memory>

#include <event2/dns.h>
#include <event2/util.h>
#include <fmt/format.h>
#include <netdb.h>
#include <sys/socket.h>

#include "coordinator/rpc/channel_link.h"
#include "coordinator/rpc/clock.h"

namespace vow::rpc {

// A question for a name's addresses. It outlives the link, if need be.
struct Channel::Link::Resolving {
  Link* link = nullptr;

  static void answered(int error, evutil_addrinfo* found, void* self) {
    const std::unique_ptr<Resolving> owned(static_cast<Resolving*>(self));
    if (owned->link != nullptr) {
      owned->link->resolving_ = nullptr;
      owned->link->resolved(error == 0 ? found : nullptr, error == 0 ? "" : evutil_gai_strerror(error));
    }
    if (found != nullptr) evutil_freeaddrinfo(found);
  }
};

void Channel::Link::resolve() {
  connect_by_ms_ = coarse_ms() + options_.connect_ms_max;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = IPPROTO_TCP;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  const std::string port = std::to_string(options_.port);
  addrinfo* found = nullptr;
  if (::getaddrinfo(options_.host.c_str(), port.c_str(), &hints, &found) == 0) {
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
    return resolved(found, {});
  }
  if (resolving_ != nullptr) return;  // the last attempt's question will answer this one too
  hints.ai_flags = 0;
  resolving_ = new Resolving{this};
  evdns_getaddrinfo(reactor_.resolver(), options_.host.c_str(), port.c_str(), &hints, Resolving::answered,
                    resolving_);
}

void Channel::Link::resolved(const addrinfo* found, const std::string& why) {
  if (connect_by_ms_ == 0) return;  // too late
  if (found == nullptr)
    return broke(fmt::format("no address is known for the name {}: {}", options_.host, why));
  std::size_t count = 0;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) ++count;
  // Each attempt takes the next of the name's addresses.
  const addrinfo* chosen = found;
  for (std::size_t i = failures_ % count; i > 0; --i) chosen = chosen->ai_next;
  connect(*chosen);
}

void Channel::Link::connect(const addrinfo& to) {
  socket_ = Socket(::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_.is_open()) return broke(fmt::format("no socket to be had: {}", std::strerror(errno)));
  set_connection_options(socket_);
  readable_ = Event(reactor_.base(), socket_.get(), EV_READ | EV_PERSIST, [this] { readable(); });
  writable_ = Event(reactor_.base(), socket_.get(), EV_WRITE | EV_PERSIST, [this] { writable(); });
  if (::connect(socket_.get(), to.ai_addr, to.ai_addrlen) == 0 || errno == EINPROGRESS)
    return writable_.enable();
  broke(fmt::format("cannot connect to {}: {}", where(), std::strerror(errno)));
}

void Channel::Link::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return broke(fmt::format("cannot connect to {}: {}", where(), std::strerror(error)));
  connect_by_ms_ = 0;
  {
    const std::lock_guard lock(mutex_);
    state_ = State::up;
    ++figures_.connects;
  }
  readable_.enable();
  send();
}

void Channel::Link::close() {
  {
    const std::lock_guard lock(mutex_);
    state_ = State::closed;
  }
  if (resolving_ != nullptr) resolving_->link = nullptr;
  resolving_ = nullptr;
  if (!staged_.empty()) take_staged();
  broke("the channel was closed");
  reactor_.forget(*this);
  readable_ = Event();
  writable_ = Event();
  timer_ = Event();
}

}  // namespace vow::rpc
