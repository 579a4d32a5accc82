// One family of errors. Each says what failed, where, why and what to do next, under a code that never
// changes: `vow explain VOW-2103` says more.
//
//   error                whatever else: nothing was committed
//   ├─ rolled_back       certain: nothing of the transaction is left, or will be
//   ├─ outcome_unknown   it may be committed. Never tried again blindly: ask client::wait(xid)
//   ├─ unavailable       no coordinator answers; the transaction had not begun, or is rolled back by its
//   deadline └─ misuse            the program should be mended
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "vow/outcome.h"

namespace vow {

class error : public std::runtime_error {
 public:
  struct facts {
    std::string code;  // "VOW-2103"
    std::string what;  // what failed, where and why
    std::string hint;  // what to do next
    std::string xid;   // of which transaction; empty: of none
    bool retryable = false;
    vow::outcome outcome = vow::outcome::rolled_back;
  };
  explicit error(facts about);

  [[nodiscard]] const std::string& code() const noexcept { return facts_->code; }
  [[nodiscard]] const std::string& hint() const noexcept { return facts_->hint; }
  [[nodiscard]] const std::string& xid() const noexcept { return facts_->xid; }
  // The same work may succeed, in a new transaction.
  [[nodiscard]] bool retryable() const noexcept { return facts_->retryable; }
  [[nodiscard]] vow::outcome outcome() const noexcept { return facts_->outcome; }

 private:
  std::shared_ptr<const facts> facts_;  // errors are copied as they are thrown
};

class rolled_back : public error {
  using error::error;
};
class outcome_unknown : public error {
  using error::error;
};
class unavailable : public error {
  using error::error;
};
class misuse : public error {
  using error::error;
};

}  // namespace vow
