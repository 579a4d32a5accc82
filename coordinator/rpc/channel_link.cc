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
  return {};
}

std::string Channel::Link::objection_to_more() const {
  if (pending_.size() >= options_.calls_in_flight_max)
    return fmt::format("{} calls wait for {} already", pending_.size(), where());
  if (out_.size() >= options_.unsent_bytes_max)
    return fmt::format("{} takes nothing: {} bytes wait to be sent", where(), out_.size());
  return {};
}

void Channel::Link::call(CallFrame& frame, CallTimeout timeout, CallDone done) {
  const std::uint64_t now_ms = coarse_ms();
  const std::uint64_t deadline_ms =
      now_ms + static_cast<std::uint64_t>(std::max<std::int64_t>(timeout.count(), 0));
  CallFailure failure;
  bool list = false;
  if (reactor_.is_here()) {
    failure.what = objection(now_ms);
    if (failure.what.empty()) return stage(frame, deadline_ms, std::move(done));
  } else {
    const std::lock_guard lock(mutex_);
    failure.what = objection(now_ms);
    if (failure.what.empty()) failure.what = objection_to_more();
    if (failure.what.empty()) {
      frame.set_seqid(add(deadline_ms, frame.bytes().size(), std::move(done)));
      out_.append(frame.bytes());
      list = !std::exchange(listed_, true);
    }
  }
  if (!failure.what.empty()) return done({nullptr, &failure});
  if (list) reactor_.list(*this);
}

std::int32_t Channel::Link::add(std::uint64_t deadline_ms, std::size_t bytes, CallDone done) {
  ++figures_.calls;
  const std::int32_t seqid = pending_.add(deadline_ms, position_, std::move(done));
  position_ += bytes;
  if (earliest_deadline_ms_ == 0 || deadline_ms < earliest_deadline_ms_) earliest_deadline_ms_ = deadline_ms;
  return seqid;
}

void Channel::Link::stage(const CallFrame& frame, std::uint64_t deadline_ms, CallDone done) {
  if (staged_.empty()) reactor_.list(*this);
  staged_.push_back(
      {deadline_ms, frame.bytes().size(), staged_bytes_.size() + frame.seqid_at(), std::move(done)});
  staged_bytes_.append(frame.bytes());
}

void Channel::Link::take_staged() {
  std::vector<Staged> refused;
  CallFailure failure;
  {
    const std::lock_guard lock(mutex_);
    failure.what = objection_to_more();
    if (failure.what.empty()) {
      for (Staged& call : staged_) {
        const std::int32_t seqid = add(call.deadline_ms, call.bytes, std::move(call.done));
        store_u32(staged_bytes_.data() + call.seqid_at, static_cast<std::uint32_t>(seqid));
      }
      if (out_.empty())
        out_.swap(staged_bytes_);
      else
        out_.append(staged_bytes_);
    } else {
      refused.swap(staged_);
    }
  }
  staged_.clear();
  staged_bytes_.clear();
  for (const Staged& call : refused) call.done({nullptr, &failure});
}

void Channel::Link::end_of_turn() {
  if (!staged_.empty()) take_staged();
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
    arrived_.clear();
    const auto status = cutter_.feed(
        buffer.first(static_cast<std::size_t>(got)),
        [&](Bytes message) {
          arrived_.push_back(message);
          return true;
        },
        [&] { is_sound = give_answers(); });
    if (!is_sound) return broke(fmt::format("{} sent what is no answer", where()));
    if (status != FrameCutter::Status::fed)
      return broke(fmt::format("{} sent a frame of a size that is not allowed", where()));
    if (static_cast<std::size_t>(got) < buffer.size()) return;
  }
}

bool Channel::Link::give_answers() {
  bool is_sound = true;
  answered_.resize(arrived_.size());
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < arrived_.size() && is_sound; ++i) {
      const auto head = read_answer_head(reader_, arrived_[i]);
      is_sound = head.has_value();
      if (!is_sound) continue;
      any_answer_ = true;
      answered_[i].head = *head;
      if (auto call = pending_.take(head->seqid))
        answered_[i].done = std::move(call->done);
      else
        ++figures_.late_answers;
    }
  }
  for (std::size_t i = 0; i < answered_.size(); ++i) {
    if (!answered_[i].done) continue;
    static_cast<void>(reader_.begin(arrived_[i]));
    give_answer(reader_, answered_[i].head, answered_[i].done);
  }
  answered_.clear();
  return is_sound;
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
