// Customers who order tea, all the time, and send an order again until they know what became of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/demo/shop.h"

namespace vow::demo {

class Traffic {
 public:
  // Each of `customers` has an account, is named `name` and a number, and orders until stop().
  Traffic(const Shop& shop, const std::string& name, std::size_t customers);
  ~Traffic() { stop(); }
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

  // Returns once each customer knows of his last order, or has asked for it in vain for 20 s.
  void stop();

  struct Count {
    std::uint64_t orders = 0;
    std::uint64_t booked = 0;
    std::uint64_t refused = 0;  // certainly nothing was done
    std::uint64_t sent_again = 0;
    std::uint64_t unknown = 0;  // nobody could say
  };
  [[nodiscard]] Count count() const;
  // The longest that nothing was booked.
  [[nodiscard]] std::int64_t longest_pause_ms() const;
  // Of which the customers were told so.
  [[nodiscard]] std::set<std::string> booked() const;
  [[nodiscard]] std::set<std::string> refused() const;

 private:
  void be_a_customer(const std::string& name);
  void order(const std::string& id, const std::string& customer);

  const Shop& shop_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;  // guards what follows
  Count count_;
  std::set<std::string> booked_;
  std::set<std::string> refused_;
  std::chrono::steady_clock::time_point last_booked_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::duration longest_pause_{0};
  std::vector<std::thread> threads_;
};

}  // namespace vow::demo
