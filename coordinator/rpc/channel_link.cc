#include "coordinator/rpc/channel_link.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>

#include "coordinator/rpc/clock.h"

namespace vow::rpc {

namespace {

constexpr int reads_max = 4;  // within one turn
constexpr std::size_t idle_capacity_max = 1u << 20;

}  // namespace

Channel::Link::Link(Reactor& reactor, const ChannelOptions& options)
    : reactor_(reactor),
      options_(options),
      random_(options.seed),
      cutter_(options.frame_bytes_max),
      reader_(options.limits) {}

Channel::Figures Channel::Link::figures() const {
  const std::lock_guard lock(mutex_);
  Figures figures = figures_;
  figures.in_flight = pending_.size();
  return figures;
}

std::string Channel::Link::where() const { return fmt::format("{} port {}", options_.host, options_.port); }

std::string Channel::Link::objection(std::uint64_t now_ms) const {
  if (state_ == State::closed) return "the channel is closed";
  if (state_ == State::waiting && now_ms < waits_until_ms_)
    return fmt::format("{}; the next attempt is in {} ms", why_down_, waits_until_ms_ - now_ms);
  if (pending_.size() >= options_.calls_in_flight_max)
    return fmt::format("{} calls wait for {} already", pending_.size(), where());
  if (out_.size() >= options_.unsent_bytes_max)
    return fmt::format("{} takes nothing: {} bytes wait to be sent", where(), out_.size());
  return {};
}

void Channel::Link::call(CallFrame& frame, CallTimeout timeout, CallDone done) {
  const std::uint64_t now_ms = coarse_ms();
  CallFailure failure;
  bool list = false;
  {
    const std::lock_guard lock(mutex_);
    ++figures_.calls;
    failure.what = objection(now_ms);
    if (failure.what.empty()) {
      const std::uint64_t deadline_ms =
          now_ms + static_cast<std::uint64_t>(std::max<std::int64_t>(timeout.count(), 0));
      frame.set_seqid(pending_.add(deadline_ms, position_, std::move(done)));
      out_.append(frame.bytes());
      position_ += frame.bytes().size();
      if (earliest_deadline_ms_ == 0 || deadline_ms < earliest_deadline_ms_)
        earliest_deadline_ms_ = deadline_ms;
      list = !std::exchange(listed_, true);
    }
  }
  if (!failure.what.empty()) return done({nullptr, &failure});
  if (list) reactor_.list(*this);
}

void Channel::Link::end_of_turn() {
  bool must_connect = false;
  {
    const std::lock_guard lock(mutex_);
    listed_ = false;
    if ((state_ == State::down || state_ == State::waiting) && pending_.size() > 0) {
      state_ = State::connecting;
      must_connect = true;
    }
  }
  if (must_connect)
    resolve();
  else
    send();
  arm_timer();
}

void Channel::Link::writable() {
  bool is_connecting = false;
  {
    const std::lock_guard lock(mutex_);
    is_connecting = state_ == State::connecting;
  }
  if (is_connecting)
    connected();
  else
    send();
}

void Channel::Link::send() {
  while (true) {
    if (taken_ == sending_.size()) {
      sending_.clear();
      if (sending_.capacity() > idle_capacity_max) sending_ = {};
      taken_ = 0;
      const std::lock_guard lock(mutex_);
      if (state_ != State::up) return;
      if (out_.empty()) return writable_.disable();
      sending_.swap(out_);
    }
    const ssize_t took = ::send(socket_.get(), sending_.data() + taken_, sending_.size() - taken_,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
    if (took < 0 && errno == EINTR) continue;
    if (took < 0 && errno == EAGAIN) return writable_.enable();
    if (took < 0) return broke(fmt::format("the connection to {} broke: {}", where(), std::strerror(errno)));
    taken_ += static_cast<std::size_t>(took);
    sent_ += static_cast<std::uint64_t>(took);
  }
}

void Channel::Link::readable() {
  const std::span<std::uint8_t> buffer = reactor_.read_buffer();
  for (int i = 0; i < reads_max; ++i) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) return broke(fmt::format("the connection to {} broke: {}", where(), std::strerror(errno)));
    if (got == 0) return broke(fmt::format("{} closed the connection", where()));
    bool is_sound = true;
    const auto status = cutter_.feed(buffer.first(static_cast<std::size_t>(got)), [&](Bytes message) {
      is_sound = answered(message);
      return is_sound;
    });
    if (!is_sound) return broke(fmt::format("{} sent what is no answer", where()));
    if (status != FrameCutter::Status::fed)
      return broke(fmt::format("{} sent a frame of a size that is not allowed", where()));
    if (static_cast<std::size_t>(got) < buffer.size()) return;
  }
}

bool Channel::Link::answered(Bytes message) {
  const auto head = read_answer_head(reader_, message);
  if (!head) return false;
  any_answer_ = true;
  std::optional<PendingCall> call;
  {
    const std::lock_guard lock(mutex_);
    call = pending_.take(head->seqid);
    if (!call) ++figures_.late_answers;
  }
  if (call) give_answer(reader_, *head, call->done);
  return true;
}

void Channel::Link::broke(const std::string& why) {
  readable_.disable();
  writable_.disable();
  socket_ = Socket();
  cutter_ = FrameCutter(options_.frame_bytes_max);
  sending_.clear();
  taken_ = 0;
  connect_by_ms_ = 0;
  const bool served = std::exchange(any_answer_, false);
  failures_ = served ? 0 : failures_ + 1;
  const std::uint64_t sent = std::exchange(sent_, 0);
  std::vector<PendingCall> calls;
  {
    const std::lock_guard lock(mutex_);
    calls = pending_.take_if([](const PendingCall&) { return true; });
    out_.clear();
    position_ = 0;
    earliest_deadline_ms_ = 0;
    why_down_ = why;
    if (state_ != State::closed) state_ = served ? State::down : State::waiting;
    if (state_ == State::waiting) {
      ++figures_.failed_connects;
      const std::uint64_t longest =
          std::min(options_.back_off_ms << std::min(failures_ - 1, 20u), options_.back_off_ms_max);
      waits_until_ms_ = coarse_ms() + longest / 2 + random_.below(longest / 2 + 1);
    }
  }
  for (const PendingCall& call : calls) {
    const bool unsent = call.position >= sent;
    const CallFailure failure{unsent ? CallFailure::Kind::unsent : CallFailure::Kind::unanswered, why};
    call.done({nullptr, &failure});
  }
}

void Channel::Link::expire() {
  timer_at_ms_ = 0;
  const std::uint64_t now_ms = coarse_ms();
  if (connect_by_ms_ != 0 && now_ms >= connect_by_ms_)
    return broke(fmt::format("no connection to {} within {} ms", where(), options_.connect_ms_max));
  std::vector<PendingCall> calls;
  {
    const std::lock_guard lock(mutex_);
    calls = pending_.take_if([&](const PendingCall& call) { return call.deadline_ms <= now_ms; });
    earliest_deadline_ms_ = pending_.earliest_deadline_ms().value_or(0);
  }
  // Of those that were not sent yet the frames still wait, and may still be sent.
  const CallFailure failure{CallFailure::Kind::unanswered, fmt::format("no answer from {} in time", where())};
  for (const PendingCall& call : calls) call.done({nullptr, &failure});
  arm_timer();
}

void Channel::Link::arm_timer() {
  std::uint64_t at_ms = connect_by_ms_;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::closed) return;
    if (earliest_deadline_ms_ != 0 && (at_ms == 0 || earliest_deadline_ms_ < at_ms))
      at_ms = earliest_deadline_ms_;
  }
  if (at_ms == 0 || (timer_at_ms_ != 0 && timer_at_ms_ <= at_ms)) return;
  const std::uint64_t now_ms = coarse_ms();
  if (timer_at_ms_ == 0 && !timer_.is_made()) timer_ = Event(reactor_.base(), -1, 0, [this] { expire(); });
  timer_.enable_after(at_ms > now_ms ? at_ms - now_ms + 1 : 1);
  timer_at_ms_ = at_ms;
}

}  // namespace vow::rpc
