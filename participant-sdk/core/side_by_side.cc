#include "participant-sdk/core/side_by_side.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

namespace vow::sdk {
namespace {

// Whoever comes takes the next that nobody has taken. So no one waits for a thread that is busy elsewhere,
// and helpers that come too late find nothing, and touch nothing of a caller who is gone.
class Round {
 public:
  explicit Round(std::vector<std::function<void()>> all) : all_(std::move(all)), problems_(all_.size()) {}

  void help() {
    for (std::size_t mine = next_++; mine < all_.size(); mine = next_++) {
      try {
        all_[mine]();
      } catch (...) {
        problems_[mine] = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      if (++over_ == all_.size()) changed_.notify_one();
    }
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return over_ == all_.size(); });
    for (const std::exception_ptr& problem : problems_) {
      if (problem) std::rethrow_exception(problem);
    }
  }

 private:
  const std::vector<std::function<void()>> all_;
  std::atomic<std::size_t> next_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t over_ = 0;                      // guarded by mutex_
  std::vector<std::exception_ptr> problems_;  // each written by who has taken it, before it is over
};

}  // namespace

void side_by_side(Tasks& with, std::vector<std::function<void()>> all) {
  if (all.size() == 1) return all.front()();
  const std::size_t others = all.empty() ? 0 : all.size() - 1;
  const auto round = std::make_shared<Round>(std::move(all));
  for (std::size_t i = 0; i < others; ++i) with.post([round] { round->help(); });
  round->help();
  round->wait();
}

}  // namespace vow::sdk
