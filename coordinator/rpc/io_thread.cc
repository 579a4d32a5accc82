#include "coordinator/rpc/io_thread.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <pthread.h>

#include "coordinator/base/check.h"

namespace vow::rpc {

namespace {

constexpr std::size_t read_bytes = 64u << 10;

std::uint64_t sweep_period_ms(const ServerOptions& options) {
  const std::uint64_t shortest =
      std::min({options.slow_peer_ms, options.idle_ms, options.frame_ms_max, options.first_call_ms_max});
  return std::clamp<std::uint64_t>(shortest / 4, 10, 1000);
}

}  // namespace

IoThread::IoThread(ServerCore& core, std::uint32_t index)
    : core_(core),
      index_(index),
      read_buffer_(read_bytes),
      sweep_every_ms_(sweep_period_ms(core.options)),
      sweeper_(base_, -1, 0, [this] { sweep(); }),
      wake_(std::make_unique<Wake>(base_, [] {})) {}

void IoThread::start() {
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(),
                     fmt::format("{}-{}", core_.options.thread_name, index_).c_str());
}

void IoThread::stop() {
  if (thread_.joinable()) {
    post([this] { stopping_ = true; });
    thread_.join();
  }
  std::vector<std::function<void()>> dropped;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    dropped.swap(posted_);
    wake_.reset();
  }
  slots_.clear();
  sweeper_ = Event();
}

void IoThread::post(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  if (ended_) return;
  posted_.push_back(std::move(task));
  if (posted_.size() == 1) wake_->wake();
}

void IoThread::run() {
  sweeper_.enable_after(sweep_every_ms_);
  while (!stopping_) {
    now_ms_ = 0;
    base_.turn();
    core_.service.end_of_burst(*this);
    run_posted();
    end_turn();
  }
  for (Slot& slot : slots_)
    if (slot.connection) slot.connection->close();
  closed_.clear();
}

void IoThread::run_posted() {
  {
    const std::lock_guard lock(mutex_);
    running_.swap(posted_);
  }
  for (const auto& task : running_) task();
  running_.clear();
}

void IoThread::end_turn() {
  // Whoever resumes makes calls, whose answers may be there at once.
  while (!listed_.empty()) {
    listed_now_.swap(listed_);
    bool resumed = false;
    for (Connection* connection : listed_now_) {
      connection->is_listed = false;
      connection->flush();
      if (connection->can_resume()) {
        connection->resume();
        resumed = true;
      }
    }
    listed_now_.clear();
    if (resumed) core_.service.end_of_burst(*this);
  }
  closed_.clear();
}

std::uint64_t IoThread::now_ms() {
  if (now_ms_ == 0) now_ms_ = steady_ms();
  return now_ms_;
}

void IoThread::list(Connection& connection) {
  if (std::exchange(connection.is_listed, true)) return;
  listed_.push_back(&connection);
}

void IoThread::adopt(Socket socket) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  const CallId id{index_, slot, slots_[slot].generation, 0};
  slots_[slot].connection = std::make_unique<Connection>(core_, *this, std::move(socket), id);
}

void IoThread::forget(const CallId& id) {
  core_.service.closed(*this, id);
  Slot& slot = slots_[id.connection];
  ++slot.generation;
  closed_.push_back(std::move(slot.connection));
  free_slots_.push_back(id.connection);
  core_.connections.fetch_sub(1, std::memory_order_relaxed);
}

Connection* IoThread::find(const CallId& call) {
  VOW_CHECK(call.io == index_, "a call of I/O thread {} was answered on {}", call.io, index_);
  const Slot& slot = slots_[call.connection];
  return slot.generation == call.generation ? slot.connection.get() : nullptr;
}

std::string* IoThread::begin_answer(const CallId& call) {
  Connection* connection = find(call);
  return connection != nullptr ? &connection->begin_answer() : nullptr;
}

void IoThread::end_answer(const CallId& call) {
  if (Connection* connection = find(call)) connection->end_answer();
}

void IoThread::end_silently(const CallId& call) {
  if (Connection* connection = find(call)) connection->ended_call();
}

void IoThread::drop(const CallId& call, std::string_view why) {
  if (Connection* connection = find(call)) connection->close(why);
}

void IoThread::sweep() {
  for (Slot& slot : slots_)
    if (slot.connection) slot.connection->sweep(now_ms());
  sweeper_.enable_after(sweep_every_ms_);
}

}  // namespace vow::rpc
