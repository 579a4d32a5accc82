// Threads shared out among the kinds of requests, so that those that wait leave some for those that do not.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "coordinator/http/route.h"

namespace vow::http {

class Shares {
 public:
  // Threads that nothing but health and metrics may take.
  static constexpr std::size_t for_health = 4;
  // And those that nothing that waits may take.
  static constexpr std::size_t for_quick = 4;

  explicit Shares(const Options& options);

  // A thread that is held until this is gone.
  class Held {
   public:
    Held(Shares& shares, Kind kind) : shares_(&shares), kind_(kind) {}
    Held(Held&& other) noexcept : shares_(std::exchange(other.shares_, nullptr)), kind_(other.kind_) {}
    Held& operator=(Held&&) = delete;
    ~Held() {
      if (shares_ != nullptr) shares_->give_back(kind_);
    }

   private:
    Shares* shares_;
    Kind kind_;
  };
  // None if its kind has no thread left.
  [[nodiscard]] std::optional<Held> take(Kind kind);
  [[nodiscard]] std::size_t taken(Kind kind) const;
  [[nodiscard]] std::size_t most(Kind kind) const { return most_.at(index(kind)); }

 private:
  static constexpr std::size_t kinds = 4;
  static constexpr std::size_t index(Kind kind) { return static_cast<std::size_t>(kind); }
  void give_back(Kind kind);

  const std::size_t most_but_health_;
  std::array<std::size_t, kinds> most_{};
  mutable std::mutex mutex_;  // guards what follows
  std::array<std::size_t, kinds> taken_{};
};

}  // namespace vow::http
