// A database that keeps records of actions, and what the contracts about actions begin with.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "coordinator/txn/xid.h"
#include "participant-sdk/core/actions.h"

namespace vow::sdk {

// A database with one account in it, as several processes see it.
class Ledger {
 public:
  virtual ~Ledger() = default;
  // Of one process more. Rows of ended branches may be cleaned after `retention`.
  virtual std::unique_ptr<record::book> open(std::chrono::milliseconds retention) = 0;
  // In the local transaction that `handle` stands for.
  virtual void add(void* handle, int amount) = 0;
  virtual int balance() = 0;
  // "prepared"; empty: no row.
  virtual std::string state_of(const preparation& which) = 0;
};

class ActionsContract : public ::testing::TestWithParam<std::unique_ptr<Ledger> (*)()> {
 protected:
  using milliseconds = std::chrono::milliseconds;

  preparation branch(std::uint64_t nonce = 1, milliseconds deadline_in = milliseconds(60'000)) const {
    txn::Xid xid;
    xid.cell = 7;
    xid.incarnation = 1;
    xid.term = 3;
    xid.begin_ms =
        static_cast<std::uint64_t>(std::chrono::ceil<milliseconds>(begun_at_ + deadline_in).count() - 1'000);
    xid.timeout_s = 1;
    xid.session = 5;
    xid.sequence = sequence_;
    return {txn::to_string(xid), "-branch", nonce};
  }
  ActionsContract() {
    ++sequence_;
    book_->make();
    book_->make();
  }

  // Takes so much from the account; gives it back if it is cancelled, counts if it is confirmed.
  known_action taking(int amount) {
    const auto take = [this, amount](void* handle, const branch_info&, std::string&) {
      ledger_->add(handle, -amount);
    };
    const auto confirm = [this](void*, const branch_info&, std::string&) { ++confirmed_; };
    const auto cancel = [this, amount](void* handle, const branch_info&, std::string&) {
      ledger_->add(handle, amount);
      ++cancelled_;
    };
    return {.name = "take", .kind = record::kind::tcc, .attempt = take, .confirm = confirm, .cancel = cancel};
  }
  std::unique_ptr<vow::branch> attempt(const preparation& as, std::string_view bytes = {}) {
    return attempt_in(actions_, as, bytes);
  }
  static std::unique_ptr<vow::branch> attempt_in(Actions& in, const preparation& as,
                                                 std::string_view bytes = {}) {
    return in.begin(in.known("take"), as, bytes);
  }
  template <class Work>
  static std::string code_of(Work work) {
    try {
      (void)work();
    } catch (const error& why) {
      return why.code();
    }
    return {};
  }
  template <class Work>
  static void on_threads(int count, Work work) {
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  }

  static inline std::uint32_t sequence_ = 0;
  const std::unique_ptr<Ledger> ledger_ = GetParam()();
  const std::unique_ptr<record::book> book_ = ledger_->open(milliseconds(3'600'000));
  Actions actions_{*book_};
  const std::chrono::nanoseconds begun_at_ = std::chrono::system_clock::now().time_since_epoch();
  std::atomic<int> confirmed_ = 0;
  std::atomic<int> cancelled_ = 0;
};

}  // namespace vow::sdk
