#include "coordinator/rpc/blocking_channel.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include "coordinator/rpc/clock.h"

namespace vow::rpc {

namespace {

constexpr std::size_t read_bytes = 16u << 10;
constexpr std::string_view too_late = "the deadline passed";

}  // namespace

BlockingChannel::BlockingChannel(const BlockingChannelOptions& options)
    : options_(options),
      cutter_(options.frame_bytes_max),
      reader_(options.limits),
      buffer_(read_bytes, '\0') {}

void BlockingChannel::call_and_wait(CallFrame& frame, CallTimeout timeout, const CallDone& done) {
  const std::uint64_t deadline_ms =
      steady_ms() + static_cast<std::uint64_t>(std::max<std::int64_t>(timeout.count(), 0));
  const auto fail = [&](CallFailure::Kind kind, const std::string& why) {
    const CallFailure failure{
        kind, fmt::format("the call to {} port {} failed: {}", options_.host, options_.port, why)};
    done({nullptr, &failure});
  };
  if (!socket_.is_open())
    if (const std::string why = connect(deadline_ms); !why.empty())
      return fail(CallFailure::Kind::unsent, why);
  const std::int32_t seqid = next_seqid_;
  next_seqid_ = next_seqid_ == INT32_MAX ? 0 : next_seqid_ + 1;
  frame.set_seqid(seqid);
  if (const std::string why = send(frame.bytes(), deadline_ms); !why.empty()) {
    disconnect();
    return fail(CallFailure::Kind::unanswered, why);
  }
  bool is_done = false;
  const std::string why = receive(seqid, deadline_ms, done, is_done);
  // After a late answer the stream goes on as before: it bears another seqid than what is asked next.
  if (!why.empty() && why != too_late) disconnect();
  if (!is_done) fail(CallFailure::Kind::unanswered, why);
}

std::string BlockingChannel::connect(std::uint64_t deadline_ms) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(options_.host.c_str(), std::to_string(options_.port).c_str(), &hints, &found);
  if (error != 0) return fmt::format("no address is known for that name: {}", ::gai_strerror(error));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned(found, ::freeaddrinfo);
  std::string why;
  for (const addrinfo* to = found; to != nullptr; to = to->ai_next) {
    socket_ = Socket(::socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::connect(socket_.get(), to->ai_addr, to->ai_addrlen) != 0 && errno != EINPROGRESS) {
      why = std::strerror(errno);
      continue;
    }
    why = wait_for(POLLOUT, deadline_ms);
    int failed = 0;
    socklen_t size = sizeof failed;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &failed, &size);
    if (failed != 0) why = std::strerror(failed);
    if (!why.empty()) continue;
    set_connection_options(socket_);
    return {};
  }
  disconnect();
  return why;
}

std::string BlockingChannel::send(std::string_view bytes, std::uint64_t deadline_ms) {
  while (!bytes.empty()) {
    const ssize_t took = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (took >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(took));
    } else if (errno == EAGAIN) {
      if (std::string why = wait_for(POLLOUT, deadline_ms); !why.empty()) return why;
    } else if (errno != EINTR) {
      return std::strerror(errno);
    }
  }
  return {};
}

std::string BlockingChannel::receive(std::int32_t seqid, std::uint64_t deadline_ms, const CallDone& done,
                                     bool& is_done) {
  while (true) {
    const ssize_t got = ::recv(socket_.get(), buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) {
      if (std::string why = wait_for(POLLIN, deadline_ms); !why.empty()) return why;
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::strerror(errno);
    if (got == 0) return "the server closed the connection";
    bool is_sound = true;
    const Bytes arrived(reinterpret_cast<const std::uint8_t*>(buffer_.data()), static_cast<std::size_t>(got));
    const auto status = cutter_.feed(arrived, [&](Bytes message) {
      const auto head = read_answer_head(reader_, message);
      is_sound = head.has_value();
      if (head && head->seqid == seqid && !is_done) {
        is_done = true;
        give_answer(reader_, *head, done);
      }
      return is_sound;
    });
    if (!is_sound || status != FrameCutter::Status::fed) return "what came back is no answer";
    if (is_done) return {};
  }
}

std::string BlockingChannel::wait_for(short what, std::uint64_t deadline_ms) const {
  pollfd waited{socket_.get(), what, 0};
  while (true) {
    const std::uint64_t now_ms = steady_ms();
    if (now_ms >= deadline_ms) return std::string(too_late);
    const int ready =
        ::poll(&waited, 1, static_cast<int>(std::min<std::uint64_t>(deadline_ms - now_ms, 60'000)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return std::strerror(errno);
  }
}

void BlockingChannel::disconnect() {
  socket_ = Socket();
  cutter_ = FrameCutter(options_.frame_bytes_max);
}

}  // namespace vow::rpc
