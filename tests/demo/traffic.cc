#include "tests/demo/traffic.h"

#include <chrono>

#include <fmt/format.h>

namespace vow::demo {

using Clock = std::chrono::steady_clock;

Traffic::Traffic(const Shop& shop, const std::string& name, std::size_t customers) : shop_(shop) {
  for (std::size_t i = 0; i < customers; ++i)
    threads_.emplace_back([this, customer = fmt::format("{}-{}", name, i + 1)] { be_a_customer(customer); });
}

void Traffic::stop() {
  stopping_ = true;
  for (std::thread& each : threads_) each.join();
  threads_.clear();
}

void Traffic::be_a_customer(const std::string& name) {
  for (int nth = 1; !stopping_; ++nth) order(fmt::format("{}-{}", name, nth), name);
}

void Traffic::order(const std::string& id, const std::string& customer) {
  const auto until = Clock::now() + std::chrono::seconds(20);
  for (int sent = 1;; ++sent) {
    const int status = shop_.order(id, customer, 1).status;
    const bool is_booked = status == 200 || status == 201;
    const bool is_refused = status == 402 || status == 409;
    const bool is_over = is_booked || is_refused || Clock::now() > until;
    {
      const std::lock_guard lock(mutex_);
      if (sent > 1) ++count_.sent_again;
      if (is_over) ++count_.orders;
      if (is_booked) {
        ++count_.booked;
        booked_.insert(id);
        const auto now = Clock::now();
        longest_pause_ = std::max(longest_pause_, now - last_booked_);
        last_booked_ = now;
      } else if (is_refused) {
        ++count_.refused;
        refused_.insert(id);
      } else if (is_over) {
        ++count_.unknown;
      }
    }
    if (is_over) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

Traffic::Count Traffic::count() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

std::int64_t Traffic::longest_pause_ms() const {
  const std::lock_guard lock(mutex_);
  return std::chrono::duration_cast<std::chrono::milliseconds>(longest_pause_).count();
}

std::set<std::string> Traffic::booked() const {
  const std::lock_guard lock(mutex_);
  return booked_;
}

std::set<std::string> Traffic::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}

}  // namespace vow::demo
