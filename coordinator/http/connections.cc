#include "coordinator/http/connections.h"

#include <algorithm>

#include <fcntl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

namespace vow::http {
namespace {

constexpr std::chrono::milliseconds time_to_leave{1000};

// Which goes first when there is no room; none if it may not be disturbed.
std::optional<int> turn_to_go(Stage stage) {
  switch (stage) {
    case Stage::leaving:
      return 0;
    case Stage::idle:
      return 1;
    case Stage::reading:
      return 2;
    case Stage::writing:
      return 3;
    case Stage::answering:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Connections::Connections(const Options& options) : options_(options), clock_([this] { watch(); }) {
  pthread_setname_np(clock_.native_handle(), "vow-http-clock");
}

Connections::~Connections() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  clock_.join();
}

bool Connections::admit() {
  const std::lock_guard lock(mutex_);
  if (stopping_ || seats_.size() + waiting_ >= options_.connections_max) {
    ++ended_.refused;
    return false;
  }
  ++waiting_;
  const std::size_t soon_served = seats_.size() - crowded_out() + waiting_;
  if (soon_served > options_.threads_max) make_room();
  return true;
}

void Connections::make_room() {
  Seat* first = nullptr;
  const auto order = [](const Seat& seat) { return std::pair(*turn_to_go(seat.stage_), seat.since_); };
  for (Seat* seat : seats_) {
    if (seat->ended_ != Ended::no || !turn_to_go(seat->stage_)) continue;
    if (first == nullptr || order(*seat) < order(*first)) first = seat;
  }
  if (first == nullptr) return;  // all are answering; the next that has answered makes room (is_crowded)
  ++ended_.crowded;
  end(*first, Ended::crowded);
}

// Those that will soon give up their threads.
std::size_t Connections::crowded_out() const {
  return static_cast<std::size_t>(std::count_if(seats_.begin(), seats_.end(),
                                                [](const Seat* seat) { return seat->ended_ != Ended::no; }));
}

bool Connections::is_crowded() const {
  const std::lock_guard lock(mutex_);
  return stopping_ || seats_.size() - crowded_out() + waiting_ > options_.threads_max;
}

void Connections::stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (Seat* seat : seats_) {
    if (seat->stage_ == Stage::idle || seat->stage_ == Stage::reading) end(*seat, Ended::stopping);
    if (seat->stage_ == Stage::writing) set_stage(*seat, Stage::writing);
  }
}

Connections::Counts Connections::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = ended_;
  counts.served = seats_.size();
  counts.waiting = waiting_;
  return counts;
}

std::optional<Connections::Clock::duration> Connections::time_for(Stage stage) const {
  if (stage == Stage::answering) return std::nullopt;
  if (stopping_ || stage == Stage::leaving) return time_to_leave;
  const std::uint32_t ms = stage == Stage::idle      ? options_.idle_ms_max
                           : stage == Stage::reading ? options_.read_ms_max
                                                     : options_.write_ms_max;
  return std::chrono::milliseconds(ms);
}

void Connections::set_stage(Seat& seat, Stage stage) {
  seat.stage_ = stage;
  seat.since_ = Clock::now();
  const auto time = time_for(stage);
  seat.deadline_ = time ? std::optional(seat.since_ + *time) : std::nullopt;
  if (seat.deadline_ && *seat.deadline_ < next_look_) changed_.notify_all();
}

// Wakes the connection's thread, whatever it does with its socket. One that reads may still say why.
void Connections::end(Seat& seat, Ended why) {
  seat.ended_ = why;
  seat.deadline_.reset();
  const bool may_write = seat.stage_ == Stage::idle || seat.stage_ == Stage::reading;
  ::shutdown(seat.socket_, may_write ? SHUT_RD : SHUT_RDWR);
}

void Connections::end_late(Clock::time_point now) {
  for (Seat* seat : seats_) {
    if (!seat->deadline_ || *seat->deadline_ > now) continue;
    if (seat->stage_ != Stage::idle && seat->stage_ != Stage::leaving) ++ended_.slow;
    end(*seat, Ended::slow);
  }
}

void Connections::watch() {
  std::unique_lock lock(mutex_);
  while (!closing_) {
    end_late(Clock::now());
    next_look_ = Clock::time_point::max();
    for (const Seat* seat : seats_) {
      if (seat->deadline_) next_look_ = std::min(next_look_, *seat->deadline_);
    }
    if (next_look_ == Clock::time_point::max()) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(lock, next_look_);
    }
  }
}

Connections::Seat::Seat(Connections& connections, int socket)
    : connections_(connections), socket_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
  const std::lock_guard lock(connections_.mutex_);
  --connections_.waiting_;
  connections_.seats_.insert(this);
  connections_.set_stage(*this, Stage::reading);
  if (connections_.stopping_) connections_.end(*this, Ended::stopping);
}

Connections::Seat::~Seat() {
  {
    const std::lock_guard lock(connections_.mutex_);
    connections_.seats_.erase(this);
  }
  ::close(socket_);
}

void Connections::Seat::enter(Stage stage) {
  const std::lock_guard lock(connections_.mutex_);
  connections_.set_stage(*this, stage);
}

Ended Connections::Seat::ended() const {
  const std::lock_guard lock(connections_.mutex_);
  return ended_;
}

}  // namespace vow::http
