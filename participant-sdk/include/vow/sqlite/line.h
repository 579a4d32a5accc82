// Who may use the one connection next.
//
// Those who begin work stand in line, in the order in which they came: one at a time can write, and if all
// looked whenever something changes, nearly all would look in vain. The first of them waits until nobody uses
// the connection and no prepared branch holds the database. Those who end a prepared branch, or look for one,
// come between: the line waits for them.
//
// That a branch holds the database is a hint, from this process's own branches and from whoever looked last:
// another process may have ended it, which nobody tells. So the first in line looks every 10 ms.
//
// Thread-safe.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <utility>

namespace vow::sqlite {

class line {
 public:
  using clock = std::chrono::steady_clock;

  // `look_every`: how often the first looks whether another process has ended a hold.
  explicit line(std::chrono::milliseconds look_every = std::chrono::milliseconds(10))
      : look_every_(look_every) {}

  // Of one who wants to begin work.
  class place {
   public:
    explicit place(line& in) : in_(in) {
      const std::lock_guard lock(in_.mutex_);
      in_.places_.push_back(this);
    }
    ~place() {
      const std::lock_guard lock(in_.mutex_);
      in_.places_.erase(std::find(in_.places_.begin(), in_.places_.end(), this));
      if (!in_.places_.empty()) in_.places_.front()->is_first_.notify_one();
    }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    // False: it was not this one's turn in time.
    [[nodiscard]] bool take(clock::time_point until) {
      std::unique_lock lock(in_.mutex_);
      if (!is_first_.wait_until(lock, until, [&] { return in_.places_.front() == this; })) return false;
      while (true) {
        const bool is_in_use = in_.is_taken_ || in_.between_ > 0;
        if (!is_in_use && !in_.is_held_until_looked_at()) break;
        if (clock::now() >= until) return false;
        in_.is_free_.wait_until(lock, is_in_use ? until : std::min(until, in_.look_at_));
      }
      in_.is_taken_ = true;
      return true;
    }

   private:
    line& in_;
    std::condition_variable is_first_;
  };

  // For whoever does not begin work.
  [[nodiscard]] bool take_between(clock::time_point until) {
    std::unique_lock lock(mutex_);
    ++between_;
    const bool is_mine = is_free_.wait_until(lock, until, [&] { return !is_taken_; });
    --between_;
    if (is_mine) is_taken_ = true;  // if not, somebody else has it, who gives it back and tells the first
    return is_mine;
  }
  void give_back() {
    const std::lock_guard lock(mutex_);
    is_taken_ = false;
    is_free_.notify_all();  // the first in line, and those between
  }

  void is_held(std::string by) {
    const std::lock_guard lock(mutex_);
    holder_ = std::move(by);
    look_at_ = clock::now() + look_every_;
  }
  void may_be_free() {
    const std::lock_guard lock(mutex_);
    holder_.clear();
    is_free_.notify_all();
  }
  // Why one waits.
  [[nodiscard]] std::string obstacle() {
    const std::lock_guard lock(mutex_);
    return holder_.empty() ? "another branch of this process is at work in it" : "it is held by " + holder_;
  }

 private:
  [[nodiscard]] bool is_held_until_looked_at() const { return !holder_.empty() && clock::now() < look_at_; }

  const std::chrono::milliseconds look_every_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable is_free_;
  bool is_taken_ = false;
  int between_ = 0;     // who wait to come between
  std::string holder_;  // as far as is known; empty: nobody
  clock::time_point look_at_;
  std::deque<place*> places_;
};

}  // namespace vow::sqlite
