// How the thread of a request gets an answer from the coordinator, which lives on another: it posts its
// question to the loop and waits, for so long and no longer.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <variant>

#include "coordinator/dispatch/coordinator.h"

namespace vow::http {

// Why there is no answer.
enum class Silence : std::uint8_t {
  refused,   // the question was never asked: too many wait
  late,      // asked, and it may yet be carried out
  stopping,  // likewise; the server is being stopped
  gone,      // likewise; the client has left, and nobody would hear the answer
};

template <class T>
using Heard = std::variant<T, Silence>;
template <class T>
using Tell = std::function<void(T)>;

// Where one answer is put by the loop, and awaited by a request's thread.
template <class T>
class Slot {
 public:
  void put(T answer) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(answer);
    filled_.notify_one();
  }
  // Until `until`; meanwhile `objection` is asked now and then whether to go on.
  template <class Objection>
  Heard<T> wait(std::chrono::steady_clock::time_point until, Objection objection) {
    constexpr std::chrono::milliseconds between_objections{100};
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto now = std::chrono::steady_clock::now();
      if (filled_.wait_until(lock, std::min(until, now + between_objections),
                             [&] { return answer_.has_value(); })) {
        return std::move(*answer_);
      }
      if (now >= until) return Silence::late;
      if (const std::optional<Silence> why = objection()) return *why;
    }
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::condition_variable filled_;
  std::optional<T> answer_;
};

class Asker {
 public:
  Asker(dispatch::Loop& loop, const std::atomic<bool>& stopping, std::function<bool()> is_gone)
      : loop_(loop), stopping_(stopping), is_gone_(std::move(is_gone)) {}

  // `question(coordinator, tell)` runs on the loop; `tell` is called there, then or later.
  template <class T, class Question>
  [[nodiscard]] Heard<T> ask(std::chrono::milliseconds wait, Question question) const {
    const auto until = std::chrono::steady_clock::now() + wait;
    auto slot = std::make_shared<Slot<T>>();
    const bool posted =
        loop_.post([slot, question = std::move(question)](dispatch::Coordinator& coordinator) mutable {
          question(coordinator, Tell<T>([slot](T answer) { slot->put(std::move(answer)); }));
        });
    if (!posted) return Silence::refused;
    return slot->wait(until, [this]() -> std::optional<Silence> {
      if (stopping_) return Silence::stopping;
      if (is_gone_()) return Silence::gone;
      return std::nullopt;
    });
  }

 private:
  dispatch::Loop& loop_;
  const std::atomic<bool>& stopping_;
  std::function<bool()> is_gone_;
};

}  // namespace vow::http
