#include "coordinator/rpc/connection.h"

#include <cerrno>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

#include "coordinator/rpc/io_thread.h"

namespace vow::rpc {

namespace {

// Answers that gather beyond this leave at once.
constexpr std::size_t flush_bytes = 64u << 10;
// A buffer larger than this is given back when it is empty.
constexpr std::size_t idle_capacity_max = 16u << 10;

}  // namespace

Connection::Connection(ServerCore& core, IoThread& io, Socket socket, const CallId& id)
    : core_(core),
      io_(io),
      socket_(std::move(socket)),
      id_(id),
      readable_(io.base(), socket_.get(), EV_READ | EV_PERSIST, [this] { readable(); }),
      writable_(io.base(), socket_.get(), EV_WRITE | EV_PERSIST, [this] { io_.list(*this); }),
      cutter_(core.options.frame_bytes_max),
      active_ms_(io.now_ms()) {
  readable_.enable();
}

void Connection::close(std::string_view why) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  readable_.disable();
  writable_.disable();
  io_.figures().calls_in_flight.subtract(calls_in_flight_);
  static_cast<void>(core_.partial.changes(partial_charged_, 0));
  static_cast<void>(core_.unsent.changes(unsent_charged_, 0));
  if (!why.empty()) {
    core_.drops.line(fmt::format("closed {}: {}", peer_of(socket_), why));
    io_.figures().dropped.add(1);
  }
  io_.forget(id_);
}

void Connection::readable() {
  // Once a turn: other connections have their turn too.
  const std::span<std::uint8_t> buffer = io_.read_buffer();
  const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return close();
  io_.figures().bytes_in.add(static_cast<std::size_t>(got));
  active_ms_ = io_.now_ms();
  hand_over(buffer.first(static_cast<std::size_t>(got)));
}

void Connection::hand_over(Bytes arrived) {
  const bool had_part = cutter_.kept() > 0;
  bool any = false;
  std::string complaint;
  const auto status = cutter_.feed(arrived, [&](Bytes message) {
    any = true;
    ++calls_in_flight_;
    io_.figures().calls.add(1);
    io_.figures().calls_in_flight.add(1);
    complaint = core_.service.call(io_, id_, message);
    return complaint.empty() && state_ == State::reading && !is_full();
  });
  if (any) called_ = true;
  if (!had_part || any) partial_since_ms_ = io_.now_ms();
  if (state_ == State::closed) return;
  if (!complaint.empty()) return close("it sent a malformed call: " + complaint);
  if (status == FrameCutter::Status::too_large)
    return close(
        fmt::format("it announced a frame of more than the allowed {} bytes", core_.options.frame_bytes_max));
  if (status == FrameCutter::Status::empty) return close("it sent an empty frame");
  const std::size_t charge = cutter_.kept() > 0 ? cutter_.capacity() : 0;
  if (!core_.partial.changes(std::exchange(partial_charged_, charge), charge))
    return close("all connections together hold too many bytes of unfinished frames");
  if (is_full()) pause();
}

bool Connection::is_full() const {
  return calls_in_flight_ >= core_.options.calls_in_flight_max || unsent() >= core_.options.unsent_bytes_max;
}

void Connection::pause() {
  if (state_ != State::reading) return;
  state_ = State::paused;
  readable_.disable();
  io_.figures().pauses.add(1);
}

bool Connection::can_resume() const {
  return state_ == State::paused && calls_in_flight_ <= core_.options.calls_in_flight_max / 2 &&
         unsent() <= core_.options.unsent_bytes_max / 2;
}

void Connection::resume() {
  state_ = State::reading;
  readable_.enable();
  partial_since_ms_ = io_.now_ms();
  if (cutter_.kept() > 0) hand_over({});
}

std::string& Connection::begin_answer() {
  frame_begin_ = begin_frame(out_);
  return out_;
}

void Connection::end_answer() {
  end_frame(out_, frame_begin_);
  if (unsent() >= flush_bytes && !writable_.is_enabled()) flush();
  ended_call();
}

void Connection::ended_call() {
  if (state_ == State::closed) return;
  --calls_in_flight_;
  io_.figures().calls_in_flight.subtract(1);
  io_.list(*this);
}

void Connection::flush() {
  if (state_ == State::closed) return;
  while (unsent() > 0) {
    const ssize_t took = ::send(socket_.get(), out_.data() + sent_, unsent(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (took < 0 && errno == EINTR) continue;
    if (took < 0 && errno != EAGAIN) return close();
    if (took <= 0) break;
    sent_ += static_cast<std::size_t>(took);
    io_.figures().bytes_out.add(static_cast<std::size_t>(took));
    taken_ms_ = active_ms_ = io_.now_ms();
  }
  if (unsent() == 0) {
    sent_ = 0;
    out_.clear();
    if (out_.capacity() > idle_capacity_max) out_ = {};
    writable_.disable();
  } else {
    if (sent_ >= out_.size() / 2) {
      out_.erase(0, sent_);
      sent_ = 0;
    }
    if (!writable_.is_enabled()) taken_ms_ = io_.now_ms();
    writable_.enable();
  }
  const std::size_t charge = unsent() > 0 ? out_.capacity() : 0;
  if (!core_.unsent.changes(std::exchange(unsent_charged_, charge), charge))
    return close("all connections together hold too many bytes of answers that are not taken");
  if (unsent() > 4 * core_.options.unsent_bytes_max)
    return close(fmt::format("it leaves {} bytes of answers untaken", unsent()));
  if (is_full()) pause();
}

void Connection::sweep(std::uint64_t now_ms) {
  const ServerOptions& options = core_.options;
  if (state_ == State::closed) return;
  // Answers that gather for the end of this turn were not offered to the peer yet.
  if (writable_.is_enabled() && now_ms - taken_ms_ > options.slow_peer_ms)
    return close(fmt::format("it took no answers for {} ms", now_ms - taken_ms_));
  if (state_ == State::reading && cutter_.kept() > 0 && now_ms - partial_since_ms_ > options.frame_ms_max)
    return close(fmt::format("a frame was not whole after {} ms", now_ms - partial_since_ms_));
  if (!called_ && now_ms - active_ms_ > options.first_call_ms_max && cutter_.kept() == 0)
    return close(fmt::format("it made no call in its first {} ms", now_ms - active_ms_));
  if (calls_in_flight_ == 0 && unsent() == 0 && now_ms - active_ms_ > options.idle_ms) close();
}

}  // namespace vow::rpc
